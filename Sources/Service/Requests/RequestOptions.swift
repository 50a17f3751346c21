import Pipeline

/// The options of one request, from its query and from form fields: the same names in both.
struct RequestOptions: Sendable {
    var analysis = AnalysisOptions()
    var output: OutputKind?
    /// JPEG quality, 1…100.
    var quality: Int?
    /// Whether a sensor waits for the answer.
    var wait: Bool?
    /// What happens to a sensor's frames that come too fast.
    var policy: SensorPolicy?

    enum Name: String, CaseIterable, Sendable {
        case model, profile, confidence, iou, classes, output, quality, wait, policy
        case maximumDetections = "max_detections"
    }

    static let analyze: Set<Name> = [
        .model, .profile, .confidence, .iou, .maximumDetections, .classes, .output, .quality,
    ]
    static let camera: Set<Name> = [.model, .profile, .confidence, .iou, .maximumDetections, .classes, .policy]
    static let ingest = camera.union([.wait])

    static let score: Set<Name> = [.model, .profile, .confidence, .iou, .maximumDetections, .classes]

    /// What was set, as it was given.
    private(set) var given: [(name: String, value: String)] = []
    private var seen: Set<Name> = []

    init() {}

    /// Sets one option.
    ///
    /// - Throws: 400 naming an option that is not in `known`, was given before, or has a value out of range.
    mutating func set(_ name: String, to value: String, known: Set<Name>) throws(Problem) {
        guard let option = Name(rawValue: name), known.contains(option) else {
            let names = known.map(\.rawValue).sorted().joined(separator: ", ")
            throw .badOption(name, "no such option; there are: \(names)")
        }
        guard seen.insert(option).inserted else { throw .badOption(name, "given twice") }
        switch option {
        case .model: analysis.model = try Self.text(name, value)
        case .profile: analysis.profile = try Self.text(name, value)
        case .confidence: analysis.confidenceThreshold = try Self.fraction(name, value)
        case .iou: analysis.iouThreshold = try Self.fraction(name, value)
        case .maximumDetections: analysis.maximumDetections = try Self.integer(name, value, 1...1000)
        case .classes: analysis.classes = try Self.labels(name, value)
        case .output: output = try Self.output(name, value)
        case .quality: quality = try Self.integer(name, value, 1...100)
        case .policy: policy = try SensorPolicy(option: name, value)
        case .wait: wait = try Self.truth(name, value)
        }
        given.append((name, value))
    }

    private static func text(_ name: String, _ value: String) throws(Problem) -> String {
        guard (1...256).contains(value.utf8.count) else { throw .badOption(name, "1…256 bytes") }
        return value
    }

    private static func fraction(_ name: String, _ value: String) throws(Problem) -> Float {
        guard let number = Float(value), (0...1).contains(number) else {
            throw .badOption(name, "'\(value.prefix(32))' is not a number between 0 and 1")
        }
        return number
    }

    private static func integer(_ name: String, _ value: String, _ range: ClosedRange<Int>) throws(Problem) -> Int {
        guard let number = Int(value), range.contains(number) else {
            throw .badOption(
                name, "'\(value.prefix(32))' is not a whole number of \(range.lowerBound)…\(range.upperBound)")
        }
        return number
    }

    private static func labels(_ name: String, _ value: String) throws(Problem) -> [String] {
        let labels = value.split(separator: ",").map { label in
            String(label.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        guard !labels.isEmpty, !labels.contains("") else {
            throw .badOption(name, "labels separated by commas")
        }
        guard labels.count <= 1000 else { throw .badOption(name, "more than 1000 labels") }
        return labels
    }

    private static func output(_ name: String, _ value: String) throws(Problem) -> OutputKind {
        guard let kind = OutputKind(rawValue: value) else {
            let names = OutputKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badOption(name, "'\(value.prefix(32))' is none of \(names)")
        }
        return kind
    }

    private static func truth(_ name: String, _ value: String) throws(Problem) -> Bool {
        switch value {
        case "true", "1": true
        case "false", "0": false
        default: throw .badOption(name, "'\(value.prefix(32))' is neither true nor false")
        }
    }
}
