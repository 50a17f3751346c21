import FoundationEssentials
import HTTPTypes
import Tensors

/// `Content-Digest` (RFC 9530): what the sender says the body's SHA-256 is.
struct ContentDigest: Equatable {
    private let sha256: [UInt8]

    /// `nil` when the request has none, or none by SHA-256.
    ///
    /// - Throws: 400 for a SHA-256 that is not one.
    init?(headers: HTTPFields) throws(Problem) {
        guard let text = headers[.contentDigest] else { return nil }
        let entry = text.split(separator: ",").map { $0.drop { $0 == " " } }.first { $0.hasPrefix("sha-256=") }
        guard let entry else { return nil }
        let value = entry.dropFirst("sha-256=".count)
        guard value.count <= 64, value.hasPrefix(":"), value.hasSuffix(":"), value.count > 2,
            let digest = Data(base64Encoded: String(value.dropFirst().dropLast())), digest.count == 32
        else { throw .malformed("write it like sha-256=:BASE64:", field: "Content-Digest") }
        sha256 = Array(digest)
    }

    /// - Throws: 400 `incomplete` when the body is another.
    func check(_ body: UnsafeRawBufferPointer) throws(Problem) {
        var hash = SHA256()
        hash.update(body)
        guard hash.finalize() == sha256 else {
            throw Problem(
                .badRequest, Self.mismatchName, "the body is not the one that was sent: its SHA-256 is another",
                field: "Content-Digest")
        }
    }

    static let mismatchName = "incomplete"
}
