import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Pipeline
import Synchronization
import Tensors

/// Answers by `Idempotency-Key`: who sends a request again because its answer got lost gets that answer, and nothing is
/// done twice.
///
/// Only answers of success are kept, in memory, for as long as the configuration says, within a bound of bytes: a request
/// that failed is tried anew.
final class IdempotencyTable: Sendable {
    /// What makes two uses of a key the same key.
    struct Key: Hashable, Sendable {
        /// Who sends it, where callers are asked.
        var owner: String?
        var path: String
        var text: String
    }

    private struct Answer {
        var status: HTTPResponse.Status
        var headers: HTTPFields
        var body: ByteBuffer

        var response: Response {
            var headers = headers
            headers[.idempotencyReplayed] = "true"
            return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
        }
    }

    private struct Entry {
        var fingerprint: String
        /// `nil` while the request is being answered.
        var answer: Answer?
        var expires: ContinuousClock.Instant
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        /// Answered keys, the oldest first.
        var order: [Key] = []
        var byteCount = 0
    }

    private let age: Duration
    private let byteLimit: Int
    private let countLimit: Int
    private let state = Mutex(State())

    init(age: Duration, byteLimit: Int = 64 << 20, countLimit: Int = 10_000) {
        self.age = age
        self.byteLimit = byteLimit
        self.countLimit = countLimit
    }

    /// The key of a request; `nil` when it has none.
    ///
    /// - Throws: 400 for a key that is not 1…255 visible characters.
    static func key(_ request: Request, context: ServiceContext) throws(Problem) -> Key? {
        guard let text = request.headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .malformed("1…255 visible characters", field: "Idempotency-Key")
        }
        return Key(owner: context.caller?.name, path: request.uri.path, text: text)
    }

    /// The kept answer, or `respond`'s.
    ///
    /// - Parameter fingerprint: tells one request from another.
    /// - Throws: 409 while the first request with this key is being answered, 422 when it was another request.
    func answer(
        _ key: Key, fingerprint: String, _ respond: () async throws -> Response
    ) async throws -> Response {
        let kept = try state.withLock { state throws(Problem) -> Answer? in
            removeExpired(&state)
            guard let entry = state.entries[key] else {
                state.entries[key] = Entry(fingerprint: fingerprint, answer: nil, expires: .now + age)
                return nil
            }
            guard entry.fingerprint == fingerprint else {
                throw Problem(
                    .unprocessableContent, "key-reused", "this key came with another request", field: "Idempotency-Key")
            }
            guard let answer = entry.answer else {
                throw Problem(
                    .conflict, "in-progress", "the first request with this key is being answered",
                    field: "Idempotency-Key", retryAfter: 1)
            }
            return answer
        }
        if let kept { return kept.response }
        do {
            let response = try await respond()
            let collector = Collector()
            try await response.body.write(collector)
            let answer = Answer(status: response.status, headers: response.headers, body: collector.buffer)
            state.withLock { keep(answer, for: key, &$0) }
            return Response(
                status: answer.status, headers: answer.headers, body: ResponseBody(byteBuffer: answer.body))
        } catch {
            state.withLock { $0.entries[key] = nil }
            throw error
        }
    }

    private func keep(_ answer: Answer, for key: Key, _ state: inout State) {
        guard (200..<300).contains(answer.status.code), answer.body.readableBytes <= byteLimit else {
            state.entries[key] = nil
            return
        }
        state.entries[key]?.answer = answer
        state.entries[key]?.expires = .now + age
        state.order.append(key)
        state.byteCount += answer.body.readableBytes
        while state.byteCount > byteLimit || state.order.count > countLimit { removeOldest(&state) }
    }

    private func removeExpired(_ state: inout State) {
        let now = ContinuousClock.now
        while let oldest = state.order.first, let entry = state.entries[oldest], entry.expires < now {
            removeOldest(&state)
        }
    }

    private func removeOldest(_ state: inout State) {
        guard !state.order.isEmpty else { return }
        let key = state.order.removeFirst()
        state.byteCount -= state.entries[key]?.answer?.body.readableBytes ?? 0
        state.entries[key] = nil
    }

    private final class Collector: ResponseBodyWriter {
        private(set) var buffer = ByteBuffer()

        func write(_ bytes: ByteBuffer) async throws { buffer.writeImmutableBuffer(bytes) }
        func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}

extension FrameRequest {
    /// Of the frame and everything said about it; a form's boundary does not matter.
    ///
    /// - Parameter manner: how the answer is wanted.
    func fingerprint(_ manner: String) throws -> String {
        var hash = SHA256()
        let storage = input.bytes
        hash.update(storage.bytes)
        withExtendedLifetime(storage) {}
        Array("\(manner)\n".utf8).withUnsafeBytes { hash.update($0) }
        try RecordedRequest(self).json().withUnsafeBytes { hash.update($0) }
        return hash.finalizeHex()
    }
}
