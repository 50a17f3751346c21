import CZeroMQ
import Dispatch
import Synchronization

/// Takes in the messages of ZeroMQ clients on a thread of its own, through libzmq; each is answered when its answer is ready, in any order.
final class ZeroMQListener: Sendable {
    /// Where an answer goes: the frames that came before the message's own.
    struct Client: Sendable {
        fileprivate let envelope: [[UInt8]]
    }

    private struct State {
        /// `nil` before it listens and after it has ended.
        nonisolated(unsafe) var listener: OpaquePointer?
        var outbox: [[[UInt8]]] = []
        /// Messages taken in and not yet answered.
        var unanswered = 0
        var isEnding = false
    }

    private let state = Mutex(State())

    /// Messages of one client that may wait here; more wait at the client's.
    private static let backlog: Int32 = 4

    /// What of libzmq is missing on this machine; `nil` when it is all there.
    static var missingLibrary: String? { cz_missing().map { String(cString: $0) } }

    /// Listens until the task is cancelled, then until what it took in is answered.
    ///
    /// - Parameters:
    ///   - frameLimit: bytes of a frame beyond which its client is cut off.
    ///   - onListening: told where.
    ///   - onMessage: the message's frames, valid during the call, which must be quick. Each is to be answered with
    ///     ``answer(_:with:)``, once.
    /// - Throws: ``ZeroMQError`` when the address cannot be listened on.
    func run(
        _ address: String, frameLimit: Int, onListening: @escaping @Sendable (String) -> Void,
        onMessage: @escaping @Sendable (Client, [UnsafeRawBufferPointer]) -> Void
    ) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                DispatchQueue(label: "fovea.zeromq").async { [self] in
                    continuation.resume(
                        with: Result { try listen(address, frameLimit: frameLimit, onListening, onMessage) })
                }
            }
        } onCancel: {
            state.withLock { state in
                state.isEnding = true
                if let listener = state.listener { cz_wake(listener) }
            }
        }
    }

    /// Sends an answer's frames. To a client that has gone they are not sent.
    func answer(_ client: Client, with frames: [[UInt8]]) {
        state.withLock { state in
            state.unanswered -= 1
            guard let listener = state.listener else { return }
            state.outbox.append(client.envelope + frames)
            cz_wake(listener)
        }
    }

    private func listen(
        _ address: String, frameLimit: Int, _ onListening: (String) -> Void,
        _ onMessage: (Client, [UnsafeRawBufferPointer]) -> Void
    ) throws(ZeroMQError) {
        var message = [CChar](repeating: 0, count: 256)
        guard let listener = cz_listen(address, Int64(frameLimit), Self.backlog, &message, message.count) else {
            let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw ZeroMQError(description: "cannot listen on \(address): \(String(decoding: text, as: UTF8.self))")
        }
        state.withLock { $0.listener = listener }
        defer {
            state.withLock { $0.listener = nil }
            cz_close(listener)
        }
        onListening(String(cString: cz_address(listener)))
        while true {
            let (answers, isEnding, isIdle) = state.withLock { state in
                defer { state.outbox = [] }
                return (state.outbox, state.isEnding, state.unanswered == 0)
            }
            for answer in answers { Self.send(answer, on: listener) }
            if isEnding && isIdle { return }
            // What comes while it ends is left to those who listen next.
            guard cz_wait(listener, 1000) != 0, !isEnding else { continue }
            takeAll(from: listener, onMessage)
        }
    }

    private func takeAll(from listener: OpaquePointer, _ onMessage: (Client, [UnsafeRawBufferPointer]) -> Void) {
        var frames = [cz_frame](repeating: cz_frame(), count: Int(CZ_MAXIMUM_FRAMES))
        while true {
            let count = Int(cz_receive(listener, &frames))
            if count == 0 { return }
            guard count > 0 else { continue }
            let parts = frames[..<count].map { UnsafeRawBufferPointer(start: $0.bytes, count: $0.count) }
            // A REQ socket puts an empty frame between its name, which ours has put first, and the message.
            let bodyStart = parts.dropFirst().first?.isEmpty == true ? 2 : 1
            state.withLock { $0.unanswered += 1 }
            onMessage(
                Client(envelope: parts[..<min(bodyStart, count)].map { Array($0) }), Array(parts.dropFirst(bodyStart)))
        }
    }

    private static func send(_ frames: [[UInt8]], on listener: OpaquePointer) {
        // One block, so that all frames have an address at once.
        let bytes = frames.flatMap { $0 }
        bytes.withUnsafeBytes { block in
            var start = 0
            let views = frames.map { frame in
                defer { start += frame.count }
                return cz_frame(bytes: block.baseAddress.map { $0 + start }, count: frame.count)
            }
            cz_send(listener, views, Int32(views.count))
        }
    }
}

/// Why a ZeroMQ address cannot be listened on.
struct ZeroMQError: Error, CustomStringConvertible {
    var description: String
}
