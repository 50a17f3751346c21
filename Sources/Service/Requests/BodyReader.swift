import Codecs
import HTTPTypes
import Hummingbird
import NIOCore
import Tensors

/// Reads request bodies into memory within the service's limits.
struct BodyReader: Sendable {
    /// Bytes of one body.
    let limit: Int
    let budget: ByteBudget

    init(limit: Int, budget: ByteBudget) {
        self.limit = limit
        self.budget = budget
    }

    /// The whole body in one block.
    ///
    /// A `Content-Length` over the limit is refused before anything is read; a chunked body is counted as it comes.
    ///
    /// - Throws: ``Problem`` naming the limit, or saying why the body could not be read.
    func read(_ request: Request, context: ServiceContext) async throws -> CollectedBody {
        let declared = try declaredLength(request)
        if let expectation = request.headers[.expect] {
            guard expectation.lowercased() == "100-continue" else {
                throw Problem(.expectationFailed, "expectation-failed", "only 100-continue is understood")
            }
            try await context.sendContinue()
        }
        context.connection?.beginBody()
        let body = try await collect(request.body, declared: declared, context: context)
        context.body.finish()
        context.connection?.beginAnswer()
        if let declared, body.byteCount != declared {
            throw Problem.bodyEndedEarly(expected: declared, found: body.byteCount)
        }
        return body
    }

    /// The body behind its compression. For compute threads.
    ///
    /// - Throws: ``Problem`` when there is no memory for it; `CodecError` for broken bytes and for more than the limit.
    func decompressed(_ body: CollectedBody, _ coding: Compression) throws -> ByteStorage {
        let storage = try coding.decompress(body.bytes, limit: limit)
        let reservation = ByteBudget.Reservation(budget)
        guard reservation.grow(by: storage.byteCount) else { throw full }
        return ByteStorage(adopting: storage.base, byteCount: storage.byteCount) { [reservation] _ in
            withExtendedLifetime((storage, reservation)) {}
        }
    }

    /// A copy of bytes that did not come in a request.
    ///
    /// - Throws: ``Problem`` when there is no memory for it.
    func copied(_ bytes: UnsafeRawBufferPointer) throws(Problem) -> ByteStorage {
        let reservation = ByteBudget.Reservation(budget)
        guard reservation.grow(by: bytes.count) else { throw full }
        return CollectedBody(block: ByteStorage(copying: bytes), byteCount: bytes.count, reservation: reservation).whole
    }

    private var full: Problem { .overloaded("\(budget.limit) bytes of request bodies are in memory", retryAfter: 1) }

    private func declaredLength(_ request: Request) throws(Problem) -> Int? {
        guard let text = request.headers[.contentLength] else { return nil }
        guard let length = Int(text), length >= 0 else {
            throw .malformed("'\(text.prefix(32))' is not a number of bytes", field: "Content-Length")
        }
        guard length <= limit else { throw .bodyTooLarge(limit: limit, value: length) }
        return length
    }

    private func collect(
        _ body: RequestBody, declared: Int?, context: ServiceContext
    ) async throws -> CollectedBody {
        let reservation = ByteBudget.Reservation(budget)
        var block = ByteStorage(byteCount: declared ?? 64 << 10, zeroed: false)
        var count = 0
        do {
            for try await chunk in body {
                let total = count + chunk.readableBytes
                guard total <= limit else { throw Problem.bodyTooLarge(limit: limit, value: total) }
                guard reservation.grow(by: chunk.readableBytes) else {
                    throw full
                }
                if total > block.byteCount {
                    block = block.grown(to: min(limit, max(total, count * 2)), keeping: count)
                }
                chunk.withUnsafeReadableBytes { source in
                    UnsafeMutableRawBufferPointer(rebasing: block.mutableBytes[count..<total]).copyMemory(from: source)
                }
                count = total
            }
        } catch let problem as Problem {
            throw problem
        } catch let slow as SlowBodyError {
            throw Problem.slowBody(slow)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Problem.bodyUnreadable("\(error)")
        }
        return CollectedBody(block: block, byteCount: count, reservation: reservation)
    }
}

extension ByteStorage {
    /// A larger block that begins with the first `count` bytes of this one.
    fileprivate func grown(to byteCount: Int, keeping count: Int) -> ByteStorage {
        let larger = ByteStorage(byteCount: byteCount, zeroed: false)
        larger.base.copyMemory(from: base, byteCount: count)
        return larger
    }
}

/// A request body in memory. Its bytes count against the budget as long as anything made from it lives.
struct CollectedBody: Sendable {
    fileprivate let block: ByteStorage
    let byteCount: Int
    fileprivate let reservation: ByteBudget.Reservation

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: block.bytes[..<byteCount]) }

    /// The body without a copy.
    var whole: ByteStorage { owned(block, byteCount: byteCount) }

    /// An aligned copy of a part of the body.
    func part(_ range: Range<Int>) -> ByteStorage {
        let copy = ByteStorage(copying: UnsafeRawBufferPointer(rebasing: bytes[range]))
        return owned(copy, byteCount: copy.byteCount)
    }

    private func owned(_ storage: ByteStorage, byteCount: Int) -> ByteStorage {
        ByteStorage(adopting: storage.base, byteCount: byteCount) { [reservation] _ in
            withExtendedLifetime((storage, reservation)) {}
        }
    }
}
