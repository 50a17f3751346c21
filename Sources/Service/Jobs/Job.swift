import FoundationEssentials
import NIOCore
import Store
import StrictJSON

/// A request that is answered later, as clients see it.
struct Job: Sendable {
    enum State: String, Sendable, CaseIterable {
        case queued, running, done, failed, cancelled

        var isFinal: Bool { self != .queued && self != .running }
    }

    struct Picture: Sendable {
        var bytes: ByteBuffer
        var contentType: String
    }

    /// 128 random bits: knowing it is being allowed to ask for it, beside the key.
    let id: String
    /// Who made it, where callers are asked; nobody else sees it.
    var key: String?
    /// Milliseconds since 1970.
    var created: Int64
    var finished: Int64?
    var state = State.queued
    /// The result's JSON.
    var result: ByteBuffer?
    var picture: Picture?
    /// The problem's JSON.
    var problem: ByteBuffer?
    var webhook: WebhookCall.Progress?

    init(key: String?, created: Int64) {
        id =
            String(UInt64.random(in: 0 ... .max) | 1 << 63, radix: 36)
            + String(UInt64.random(in: 0 ... .max) | 1 << 63, radix: 36)
        self.key = key
        self.created = created
    }

    static func path(_ id: String) -> String { "/v1/jobs/\(id)" }

    /// - Parameter isKept: for the store, with what clients need not see.
    func json(isKept: Bool = false) -> [UInt8] {
        var writer = JSONWriter(pretty: false)
        writer.object { json in
            func member(_ key: String, _ text: String?) {
                guard let text else { return }
                json.key(key)
                json.value(text)
            }
            member("id", id)
            member("state", state.rawValue)
            member("created", ResultChain.text(of: created))
            member("finished", finished.map(ResultChain.text(of:)))
            if isKept { member("key", key) }
            if let webhook {
                json.key("webhook")
                json.object { json in
                    json.key("url")
                    json.value(webhook.address)
                    json.key("attempts")
                    json.value(webhook.attempts)
                    json.key("delivered")
                    json.value(.bool(webhook.isDelivered))
                    if let last = webhook.last {
                        json.key("last")
                        json.value(last)
                    }
                }
            }
            if !isKept, picture != nil { member("picture", Self.path(id) + "/picture") }
        }
        var bytes = writer.bytes.dropLast()
        for (name, body) in [("result", result), ("problem", problem)] {
            guard let body else { continue }
            bytes += Array(",\"\(name)\":".utf8) + Array(body.readableBytesView)
        }
        return Array(bytes) + [UInt8(ascii: "}")]
    }

    /// Reads what ``json(isKept:)`` wrote for the store; `nil` for anything else.
    init?(kept bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes, byteLimit: 64 << 20), let id = value["id"]?.string,
            let state = value["state"]?.string.flatMap(State.init), let created = Self.time(value["created"])
        else { return nil }
        self.id = id
        self.state = state
        self.created = created
        key = value["key"]?.string
        finished = Self.time(value["finished"])
        result = value["result"].map { ByteBuffer(string: $0.canonicalText) }
        problem = value["problem"].map { ByteBuffer(string: $0.canonicalText) }
        if let webhook = value["webhook"], let address = webhook["url"]?.string {
            var progress = WebhookCall.Progress(address: address)
            if case .number(let attempts)? = webhook["attempts"] { progress.attempts = attempts.exactly(Int.self) ?? 0 }
            progress.isDelivered = webhook["delivered"] == .bool(true)
            progress.last = webhook["last"]?.string
            self.webhook = progress
        }
    }

    private static func time(_ value: JSONValue?) -> Int64? {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt)
        guard let text = value?.string, let date = try? style.parse(text) else { return nil }
        return Int64((date.timeIntervalSince1970 * 1000).rounded())
    }
}
