import Codecs
import HTTPTypes

extension RawDescription {
    /// Prefix of the headers that describe a frame: `Fovea-Width`, `Fovea-Pixel-Format`, `Fovea-White-Balance`, …
    static let headerPrefix = "fovea-"
    /// Headers with that prefix that say something else.
    private static let others: Set<String> = ["fovea-webhook"]

    /// Fills a description from the `Fovea-` headers of a request.
    ///
    /// - Throws: `CodecError.argument` naming the header that is unknown, given twice, or holds no such value.
    init(headers: HTTPFields) throws(CodecError) {
        self.init()
        var seen: Set<Field> = []
        for header in headers
        where header.name.canonicalName.hasPrefix(Self.headerPrefix)
            && !Self.others.contains(header.name.canonicalName)
        {
            let spelling = header.name.rawName
            let name = header.name.canonicalName.dropFirst(Self.headerPrefix.count)
            guard let field = name == "white-balance" ? .whiteBalanceGains : Field(name: String(name)) else {
                throw .argument(field: spelling, detail: "describes nothing known here; see /openapi.json")
            }
            guard seen.insert(field).inserted else { throw .argument(field: spelling, detail: "given twice") }
            try set(field, to: header.value, spelling: spelling)
        }
    }

    /// Adds what a JSON description says; it wins over what is already set.
    mutating func merge(json: UnsafeRawBufferPointer) throws(CodecError) {
        self = overridden(by: try RawDescription(json: json))
    }
}
