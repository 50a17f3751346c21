package import Configuration
import FoundationEssentials
import Tensors

/// Requests that are answered later: how many, for how long, and who may be told. Defaults in one place.
package struct JobsConfiguration: Sendable, Equatable {
    /// Jobs known at once; when all places are taken the oldest finished one makes room.
    package var limit = 256
    /// Jobs that run at once.
    package var parallel = 2
    /// How long a finished job and its answer stay.
    package var age = Duration.seconds(3600)
    /// How long the answer to a request with an `Idempotency-Key` stays.
    package var idempotencyAge = Duration.seconds(86_400)
    /// Addresses that may be called when a job ends: `https://example.org/hooks` allows that path and all below it.
    package var webhooks: [String] = []
    /// File with the secret that signs calls, as Standard Webhooks have it: `whsec_` and base64.
    package var webhookSecret: String?
    /// Times that a call is tried.
    package var webhookAttempts = 8

    package init() {}

    /// Reads the settings; what is not set keeps its default.
    ///
    /// | key | type | default |
    /// |---|---|---|
    /// | `limit` | int, 1…100000 | 256 |
    /// | `parallel` | int, 1…256 | 2 |
    /// | `age` | int, seconds, 1…2592000 | 3600 |
    /// | `idempotencyAge` | int, seconds, 1…2592000 | 86400 |
    /// | `webhooks` | string, addresses separated by commas | none: nobody is called |
    /// | `webhookSecret` | string, a file | none |
    /// | `webhookAttempts` | int, 1…20 | 8 |
    ///
    /// - Throws: ``ConfigurationError`` naming the key whose value cannot be used.
    package init(reader: ConfigReader) throws {
        self.init()
        try limit = Self.integer("limit", reader, 1...100_000) ?? limit
        try parallel = Self.integer("parallel", reader, 1...256) ?? parallel
        try age = Self.integer("age", reader, 1...2_592_000).map { .seconds($0) } ?? age
        try idempotencyAge =
            Self.integer("idempotencyAge", reader, 1...2_592_000).map { .seconds($0) } ?? idempotencyAge
        try webhookAttempts = Self.integer("webhookAttempts", reader, 1...20) ?? webhookAttempts
        if let text = reader.string(forKey: "webhooks") {
            webhooks = text.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
        }
        if let file = reader.string(forKey: "webhookSecret"), !file.isEmpty { webhookSecret = file }
        _ = try webhookPolicy()
    }

    private static func integer(
        _ key: ConfigKey, _ reader: ConfigReader, _ range: ClosedRange<Int>
    ) throws(ConfigurationError) -> Int? {
        guard let value = reader.int(forKey: key) else {
            if let text = reader.string(forKey: key) {
                throw .unreadable(key: "jobs.\(key)", detail: "'\(text)' is not a whole number")
            }
            return nil
        }
        guard range.contains(value) else {
            throw .outOfRange(
                key: "jobs.\(key)", value: "\(value)", expected: "\(range.lowerBound)…\(range.upperBound)")
        }
        return value
    }

    /// Who may be called, and with which secret; `nil` when nobody may.
    func webhookPolicy() throws(ConfigurationError) -> WebhookPolicy? {
        guard !webhooks.isEmpty else { return nil }
        let allowed = try webhooks.map { text throws(ConfigurationError) -> WebhookAddress in
            guard let address = WebhookAddress(text) else {
                throw .outOfRange(
                    key: "jobs.webhooks", value: text, expected: "addresses like https://example.org/hooks")
            }
            return address
        }
        guard let webhookSecret else {
            throw .outOfRange(
                key: "jobs.webhookSecret", value: "not set", expected: "a file with the secret that signs calls")
        }
        let text: String
        do {
            let bytes = try ByteStorage.reading(path: webhookSecret, maximumByteCount: 4096)
            text = String(decoding: bytes.bytes, as: UTF8.self)
            withExtendedLifetime(bytes) {}
        } catch {
            throw .unreadable(key: "jobs.webhookSecret", detail: "\(error)")
        }
        guard let secret = WebhookSecret(text) else {
            throw .unreadable(
                key: "jobs.webhookSecret",
                detail: "\(webhookSecret) should hold whsec_ and the base64 of 24 to 64 bytes")
        }
        return WebhookPolicy(allowed: allowed, secret: secret, attempts: webhookAttempts)
    }

    /// Settings by key, as text.
    package var listing: [(key: String, value: String)] {
        [
            ("limit", "\(limit)"), ("parallel", "\(parallel)"), ("age", "\(age.components.seconds)"),
            ("idempotencyAge", "\(idempotencyAge.components.seconds)"),
            ("webhooks", webhooks.isEmpty ? "(none)" : webhooks.joined(separator: ",")),
            ("webhookSecret", webhookSecret ?? "(none)"), ("webhookAttempts", "\(webhookAttempts)"),
        ]
    }
}
