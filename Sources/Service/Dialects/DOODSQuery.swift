import FoundationEssentials
import Pipeline
import StrictJSON
import Tensors
import Vision

/// What a DOODS2 client asks of a picture: labels with the least confidence each, over the whole picture and in regions.
struct DOODSQuery: Sendable {
    struct Region: Sendable {
        /// Parts of the picture's width and height.
        var left: Float = 0
        var top: Float = 0
        var right: Float = 1
        var bottom: Float = 1
        /// Least confidence by label, 0…100; `*` stands for every label.
        var detect: [String: Float] = [:]
        /// Whether a box must lie inside whole, or only touch.
        var covers = false
    }

    var id = ""
    /// `nil` for the default model.
    var model: String?
    var picture = ByteStorage(byteCount: 0)
    /// Least confidence by label, 0…100; `*` stands for every label.
    var detect: [String: Float] = [:]
    var regions: [Region] = []

    /// - Throws: ``Problem`` naming the member at fault.
    init(json bytes: UnsafeRawBufferPointer) throws(Problem) {
        var data: String?
        do throws(JSONError) {
            var scanner = JSONScanner(bytes)
            try scanner.object { scanner, key throws(JSONError) in
                switch key {
                case "id": id = try scanner.string()
                case "detector_name":
                    let name = try scanner.string()
                    model = name == "default" || name.isEmpty ? nil : name
                case "data": data = try scanner.string()
                case "detect": detect = try scanner.thresholds()
                case "regions":
                    try scanner.array { scanner throws(JSONError) in
                        guard regions.count < 256 else {
                            throw .limitExceeded(what: "regions", limit: 256, value: regions.count + 1)
                        }
                        regions.append(try Region(&scanner))
                    }
                default: try scanner.skip()
                }
            }
            try scanner.finish()
        } catch {
            throw Problem.malformed("failed to parse the request JSON: \(error)", field: "body")
        }
        guard let data else { throw Problem.malformed("the request has no data", field: "data") }
        guard !data.hasPrefix("http://"), !data.hasPrefix("https://"), !data.hasPrefix("rtsp://") else {
            throw Problem.malformed("pictures are not fetched from addresses; send them in base64", field: "data")
        }
        guard let decoded = Data(base64Encoded: data), !decoded.isEmpty else {
            throw Problem.malformed("not base64", field: "data")
        }
        picture = decoded.withUnsafeBytes { ByteStorage(copying: $0) }
    }

    /// The least that the analysis must report so that nothing asked for is missed.
    ///
    /// - Parameter labels: the model's; others are passed over, as clients ask for more than one model knows.
    func options(labels: [String]) throws(Problem) -> RequestOptions {
        let asked = ([detect] + regions.map(\.detect)).flatMap { $0 }
        let wanted = Set(asked.map(\.key)).intersection(labels)
        // Labels that a list separated by commas cannot hold are picked out of the answer instead.
        let isList = !wanted.isEmpty && !asked.contains { $0.key == "*" } && !wanted.contains { $0.contains(",") }
        return try RequestOptions([
            (.model, model), (.confidence, asked.map(\.value).min().map { "\(min(1, max(0, $0 / 100)))" }),
            (.classes, isList ? wanted.sorted().joined(separator: ",") : nil),
        ])
    }

    /// The detections that were asked for. Without anything asked, all.
    func matching(_ result: FrameResult) -> [FrameResult.Detection] {
        let detections = result.detections ?? []
        guard !detect.isEmpty || !regions.isEmpty else { return detections }
        return detections.filter { detection in
            Self.asks(detect, detection)
                || regions.contains { $0.contains(detection) && Self.asks($0.detect, detection) }
        }
    }

    private static func asks(_ thresholds: [String: Float], _ detection: FrameResult.Detection) -> Bool {
        (thresholds[detection.label] ?? thresholds["*"]).map { detection.score * 100 >= $0 } ?? false
    }
}

extension DOODSQuery.Region {
    fileprivate init(_ scanner: inout JSONScanner) throws(JSONError) {
        try scanner.object { scanner, key throws(JSONError) in
            switch key {
            case "left": left = try scanner.float()
            case "top": top = try scanner.float()
            case "right": right = try scanner.float()
            case "bottom": bottom = try scanner.float()
            case "covers": covers = try scanner.bool()
            case "detect": detect = try scanner.thresholds()
            default: try scanner.skip()
            }
        }
    }

    func contains(_ detection: FrameResult.Detection) -> Bool {
        let box = detection.normalizedBox
        if covers { return box[0] >= left && box[1] >= top && box[2] <= right && box[3] <= bottom }
        return box[0] < right && box[2] > left && box[1] < bottom && box[3] > top
    }
}

extension JSONScanner {
    fileprivate mutating func thresholds() throws(JSONError) -> [String: Float] {
        var thresholds: [String: Float] = [:]
        try object { scanner, label throws(JSONError) in thresholds[label] = try scanner.float() }
        return thresholds
    }
}
