import Synchronization
import Tensors
import Testing

@Suite struct ParallelismTests {
    @Test("ranges cover the whole length once, cut at the granularity", arguments: [0, 1, 7, 16, 17, 100], [1, 8])
    func ranges(length: Int, granularity: Int) {
        let wide = Parallelism(width: 3) { count, piece in
            for index in (0..<count).reversed() { piece(index) }
        }
        let seen = Mutex([Int](repeating: 0, count: length))
        wide.run(over: length, granularity: granularity) { range in
            #expect(range.lowerBound % granularity == 0)
            seen.withLock { for index in range { $0[index] += 1 } }
        }
        #expect(seen.withLock { $0.allSatisfy { $0 == 1 } })
    }

    @Test("results come in the order of indices, whatever the order they were made in", arguments: [0, 1, 5])
    func results(count: Int) {
        let backwards = Parallelism(width: 2) { count, piece in
            for index in (0..<count).reversed() { piece(index) }
        }
        #expect(backwards.map(count: count) { "\($0)" } == (0..<count).map { "\($0)" })
        let (number, text) = backwards.both {
            1
        } _: {
            "two"
        }
        #expect(number == 1 && text == "two")
    }
}
