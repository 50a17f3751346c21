internal import CCodecs

extension cc_status {
    /// Throws what went wrong in C, if anything did.
    ///
    /// - Parameter limit: the limit that `CC_LIMIT` stands for.
    func check(format: String, limit: Int) throws(CodecError) {
        switch code {
        case .ok: return
        case .malformed: throw .malformed(format: format, field: "data", detail: text)
        case .truncated: throw .malformed(format: format, field: "data", detail: "ended early (\(text))")
        case .unsupported: throw .unsupported(format: format, field: "data", detail: text)
        case .limit: throw .limitExceeded(format: format, field: text, limit: limit, value: limit + 1)
        case .outOfMemory: throw .unsupported(format: format, field: "memory", detail: "takes more than there is")
        }
    }

    private var text: String {
        withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
