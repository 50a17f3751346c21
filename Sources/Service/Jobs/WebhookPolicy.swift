import FoundationEssentials
import HTTPTypes
import Tensors

/// Whom the service may call, and how it signs.
struct WebhookPolicy: Sendable {
    var allowed: [WebhookAddress]
    var secret: WebhookSecret
    var attempts: Int

    /// - Throws: 400 for an address that is none, 403 for one that the configuration does not allow.
    func address(_ text: String) throws(Problem) -> WebhookAddress {
        guard let address = WebhookAddress(text) else {
            throw .malformed("not an address like https://example.org/hooks", field: "Fovea-Webhook")
        }
        guard allowed.contains(where: address.lies) else {
            throw Problem(
                .forbidden, "webhook-not-allowed", "the setting jobs.webhooks does not allow this address",
                field: "Fovea-Webhook")
        }
        return address
    }
}

/// The secret of Standard Webhooks (standardwebhooks.com), and its signatures.
package struct WebhookSecret: Sendable, Equatable {
    private let key: [UInt8]

    /// `whsec_` and base64 of 24 to 64 bytes, white space around it; `nil` for anything else.
    package init?(_ text: String) {
        let word = text.filter { !$0.isWhitespace }
        guard word.hasPrefix("whsec_"), let key = Data(base64Encoded: String(word.dropFirst(6))),
            (24...64).contains(key.count)
        else { return nil }
        self.key = Array(key)
    }

    /// The header `webhook-signature`: HMAC-SHA256 over id, time and body.
    package func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        let mac = HMAC.sha256(key: key, message: Array("\(id).\(timestamp).".utf8) + body)
        return "v1," + Data(mac).base64EncodedString()
    }
}

/// HMAC (RFC 2104) with SHA-256.
package enum HMAC {
    private static let blockByteCount = 64

    package static func sha256(key: [UInt8], message: [UInt8]) -> [UInt8] {
        var block = key.count > blockByteCount ? digest(key) : key
        block += [UInt8](repeating: 0, count: blockByteCount - block.count)
        return digest(block.map { $0 ^ 0x5C } + digest(block.map { $0 ^ 0x36 } + message))
    }

    private static func digest(_ bytes: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update($0) }
        return hash.finalize()
    }
}
