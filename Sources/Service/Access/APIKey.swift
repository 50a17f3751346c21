package import FoundationEssentials
import Tensors

/// What a key lets its holder do.
package enum Scope: String, Sendable, CaseIterable {
    /// Send frames, pictures and tensors and get the answers.
    case analyze
    /// See models, sensors, their latest answers and streams.
    case read
    /// Load and unload models.
    case manage
    /// Read `/metrics`.
    case metrics
}

/// One entry of the key file. The key itself is nowhere but with its holder: the file has its SHA-256.
///
/// A key is 256 random bits, so that one round of a fast hash is enough: there is nothing to guess.
package struct APIKey: Sendable, Equatable {
    /// Names the key in listings and logs.
    package var id: String
    package var sha256: String
    package var scopes: Set<Scope>
    package var created: Date
    /// `nil`: never.
    package var expires: Date?
    /// Requests a second; `nil`: as many as the service answers.
    package var perSecond: Double?
    /// Requests from midnight to midnight, UTC; `nil`: any number.
    package var perDay: Int?

    package init(
        id: String, sha256: String, scopes: Set<Scope>, created: Date, expires: Date? = nil, perSecond: Double? = nil,
        perDay: Int? = nil
    ) {
        self.id = id
        self.sha256 = sha256
        self.scopes = scopes
        self.created = created
        self.expires = expires
        self.perSecond = perSecond
        self.perDay = perDay
    }

    package static let prefix = "fvk_"

    /// A new key's text: the prefix, which scanners for leaked secrets can look for, and 43 letters and digits.
    package static func makeText() -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var random = SystemRandomNumberGenerator()
        return prefix + String((0..<43).compactMap { _ in alphabet.randomElement(using: &random) })
    }

    package static func digest(of text: String) -> String { SHA256.hex(of: Array(text.utf8)) }

    package func isExpired(at date: Date) -> Bool { expires.map { $0 <= date } ?? false }
}
