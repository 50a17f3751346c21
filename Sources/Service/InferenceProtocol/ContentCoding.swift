import Codecs
import HTTPTypes

/// The compressions of bodies (RFC 9110 section 8.4).
enum ContentCoding {
    /// How a request's body is compressed; `nil` when it is not.
    ///
    /// - Throws: 415 for a coding that is not read, and for more than one.
    static func ofRequest(_ headers: HTTPFields) throws(Problem) -> Compression? {
        guard let text = headers[values: .contentEncoding].joinedList else { return nil }
        switch text.lowercased() {
        case "", "identity": return nil
        case "gzip", "x-gzip": return .gzip
        case "deflate": return .deflate
        default:
            throw Problem(
                .unsupportedMediaType, "unsupported-encoding",
                "bodies are taken as they are, as gzip or as deflate, not as '\(text.prefix(64))'",
                field: "Content-Encoding")
        }
    }

    /// The compression that the client likes best, `nil` for none.
    static func accepted(_ headers: HTTPFields) throws(Problem) -> Compression? {
        guard let text = headers[values: .acceptEncoding].joinedList, text.contains(where: { $0 != " " }) else {
            return nil
        }
        var best: (coding: Compression?, weight: Double) = (nil, 0)
        for element in try HeaderElement.list(text, field: "Accept-Encoding") {
            let weight = element.parameters["q"].flatMap { Double($0) } ?? 1
            let coding: Compression?
            switch element.value.lowercased() {
            case "gzip", "x-gzip": coding = .gzip
            case "deflate": coding = .deflate
            case "identity": coding = nil
            default: continue
            }
            if weight > best.weight { best = (coding, weight) }
        }
        return best.coding
    }
}
