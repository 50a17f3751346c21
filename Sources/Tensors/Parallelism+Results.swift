extension Parallelism {
    /// The results of `body` for each index, which may run at the same time, in the order of indices.
    package func map<Result: Sendable>(count: Int, _ body: @Sendable (Int) -> Result) -> [Result] {
        let results = UnsafeMutableBufferPointer<Result?>.allocate(capacity: count)
        results.initialize(repeating: nil)
        defer {
            results.deinitialize()
            results.deallocate()
        }
        // Each index is written by one piece, and read when all have run.
        nonisolated(unsafe) let target = results
        run(count: count) { target[$0] = body($0) }
        return results.compactMap(\.self)
    }

    /// Two computations that may run at the same time.
    package func both<First: Sendable, Second: Sendable>(
        _ first: @Sendable () -> First, _ second: @Sendable () -> Second
    ) -> (First, Second) {
        nonisolated(unsafe) var results: (First?, Second?) = (nil, nil)
        withUnsafeMutablePointer(to: &results) { target in
            nonisolated(unsafe) let target = target
            run(count: 2) { if $0 == 0 { target.pointee.0 = first() } else { target.pointee.1 = second() } }
        }
        guard let one = results.0, let other = results.1 else { preconditionFailure("a piece did not run") }
        return (one, other)
    }
}
