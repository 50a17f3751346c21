/// Draws inputs one by one, runs `work` on at most `width` of them at a time, and hands the results to `consume` in the order of
/// the inputs.
///
/// Memory stays bounded however many inputs there are: no more than `width` results exist that have not been consumed.
/// - Parameter draw: the next input; `nil` ends the run once what has been drawn is consumed.
func inOrder<Input: Sendable, Value: Sendable>(
    width: Int, draw: () throws -> Input?, _ work: @escaping @Sendable (Input) async -> Value,
    consume: (Value) throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
        var waiting: [Int: Value] = [:]
        var started = 0
        var next = 0
        var isExhausted = false
        while true {
            while !isExhausted && started - next < width {
                guard let input = try draw() else {
                    isExhausted = true
                    break
                }
                let index = started
                group.addTask { (index, await work(input)) }
                started += 1
            }
            guard next < started, let (index, value) = try await group.next() else { return }
            waiting[index] = value
            while let value = waiting.removeValue(forKey: next) {
                try consume(value)
                next += 1
            }
        }
    }
}
