/// Runs `work` for each index, at most `width` at a time, and hands the results to `consume` in order of index.
///
/// Memory stays bounded: no more than `width` results exist that have not been consumed.
func inOrder<Value: Sendable>(
    count: Int, width: Int, _ work: @escaping @Sendable (Int) async -> Value,
    consume: (Int, Value) throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
        var waiting: [Int: Value] = [:]
        var started = 0
        var next = 0
        while next < count {
            while started < count && started - next < width {
                let index = started
                group.addTask { (index, await work(index)) }
                started += 1
            }
            guard let (index, value) = try await group.next() else { return }
            waiting[index] = value
            while let value = waiting.removeValue(forKey: next) {
                try consume(next, value)
                next += 1
            }
        }
    }
}
