import Pipeline
import Synchronization
import Tensors
import Testing

@Suite(.timeLimit(.minutes(1))) struct ComputePoolTests {
    @Test("runs every piece exactly once, from several frames at a time", arguments: [1, 2, 4])
    func pieces(width: Int) async throws {
        let pool = ComputePool(width: width)
        defer { pool.stop() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await pool.run {
                        for round in 0..<200 {
                            let sum = Atomic<Int>(0)
                            pool.parallelism.run(count: round % 9) { sum.add($0 + 1, ordering: .relaxed) }
                            let count = round % 9
                            let total = sum.load(ordering: .relaxed)
                            #expect(total == count * (count + 1) / 2)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("work beside a frame is done when the frame is", arguments: [1, 2])
    func beside(width: Int) async throws {
        let pool = ComputePool(width: width)
        defer { pool.stop() }
        try await pool.run {
            for _ in 0..<500 {
                let done = Atomic<Bool>(false)
                let answer = pool.run(beside: { done.store(true, ordering: .releasing) }) { 42 }
                #expect(answer == 42)
                let isDone = done.load(ordering: .acquiring)
                #expect(isDone)
            }
        }
    }

    @Test("finishes what was queued before it stops")
    func drains() {
        let pool = ComputePool(width: 2)
        let box = Counter()
        for _ in 0..<100 {
            let isQueued = pool.submit { box.value.add(1, ordering: .relaxed) }
            #expect(isQueued)
        }
        pool.stop()
        let count = box.value.load(ordering: .relaxed)
        #expect(count == 100)
    }

    @Test("refuses work once stopped")
    func refuses() async {
        let pool = ComputePool(width: 1)
        pool.stop()
        #expect(!pool.submit {})
        await #expect(throws: PipelineError.shuttingDown) { try await pool.run { 1 } }
    }

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }
}
