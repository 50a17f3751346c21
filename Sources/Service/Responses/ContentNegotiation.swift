import HTTPTypes
import Pipeline

/// What an analysis answers with.
enum OutputKind: String, CaseIterable, Sendable {
    case json
    case jpeg
    case png
    /// The JSON and a JPEG, as `multipart/mixed`.
    case both
    /// The detections as an array of COCO results; chosen by name only.
    case coco

    /// What `Accept` chooses from.
    private static let negotiated: [OutputKind] = [.json, .jpeg, .png, .both]

    var mediaType: String {
        switch self {
        case .json, .coco: "application/json"
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .both: "multipart/mixed"
        }
    }

    func pictureFormat(quality: Int) -> PictureFormat? {
        switch self {
        case .json, .coco: nil
        case .jpeg, .both: .jpeg(quality: quality)
        case .png: .png
        }
    }

    /// Chooses by `Accept` (RFC 9110 section 12.5.1): the kind with the highest weight, the first of these among
    /// equals. No header means JSON.
    ///
    /// - Throws: 406 when the client accepts none, 400 when the header cannot be read.
    static func accepted(by header: String?) throws(Problem) -> OutputKind {
        guard let header, !header.allSatisfy({ $0 == " " || $0 == "\t" }) else { return .json }
        let ranges = try HeaderElement.list(header, field: "Accept").map(MediaRange.init)
        var best: (kind: OutputKind, weight: Double)?
        for kind in negotiated {
            let matches = ranges.filter { $0.matches(kind.mediaType) }
            guard let weight = matches.max(by: { $0.specificity < $1.specificity })?.weight, weight > 0 else {
                continue
            }
            if weight > (best?.weight ?? 0) { best = (kind, weight) }
        }
        guard let best else {
            let offered = negotiated.map(\.mediaType).joined(separator: ", ")
            throw Problem(.notAcceptable, "not-acceptable", "this answers as one of: \(offered)", field: "Accept")
        }
        return best.kind
    }
}

/// One element of an `Accept` header.
struct MediaRange {
    var type: Substring
    var subtype: Substring
    /// 0…1.
    var weight: Double

    init(_ element: HeaderElement) throws(Problem) {
        // Java's HttpURLConnection sends a bare star by default.
        let range = element.value == "*" ? "*/*" : element.value
        let halves = range.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty else {
            throw .malformed("'\(element.value)' is not a media range", field: "Accept")
        }
        type = halves[0]
        subtype = halves[1]
        guard let text = element.parameters["q"] else {
            weight = 1
            return
        }
        guard let weight = Double(text), (0...1).contains(weight) else {
            throw .malformed("q=\(text) is not a weight between 0 and 1", field: "Accept")
        }
        self.weight = weight
    }

    func matches(_ mediaType: String) -> Bool {
        if type == "*" { return subtype == "*" }
        let wanted = mediaType.split(separator: "/")
        return type == wanted[0] && (subtype == "*" || subtype == wanted[1])
    }

    /// A named subtype counts more than `image/*`, that more than `*/*`.
    var specificity: Int { type == "*" ? 0 : subtype == "*" ? 1 : 2 }
}
