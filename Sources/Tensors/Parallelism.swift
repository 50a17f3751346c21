/// How a computation may spread over threads: a value handed down from the owner of the threads.
///
/// The layers below the pipeline own no threads. They cut work into `count` independent pieces whose results do not
/// depend on which thread runs which piece, and `run` calls the body once for each index before it returns.
package struct Parallelism: Sendable {
    /// Threads that may run pieces at the same time, the caller included. At least 1.
    package let width: Int
    private let body: @Sendable (_ count: Int, _ piece: @Sendable (Int) -> Void) -> Void

    package init(width: Int, body: @escaping @Sendable (_ count: Int, _ piece: @Sendable (Int) -> Void) -> Void) {
        precondition(width >= 1)
        self.width = width
        self.body = body
    }

    /// Everything on the calling thread.
    package static let serial = Parallelism(width: 1) { count, piece in
        for index in 0..<count { piece(index) }
    }

    package func run(count: Int, _ piece: @Sendable (Int) -> Void) {
        if count == 1 {
            piece(0)
        } else if count > 1 {
            body(count, piece)
        }
    }

    /// Cuts `0..<length` into at most `width` ranges whose starts are multiples of `granularity`, and runs them.
    package func run(over length: Int, granularity: Int = 1, _ piece: @Sendable (Range<Int>) -> Void) {
        let blocks = (length + granularity - 1) / granularity
        let pieces = min(width, blocks)
        guard pieces > 0 else { return }
        run(count: pieces) { index in
            let start = blocks * index / pieces * granularity
            let end = min(length, blocks * (index + 1) / pieces * granularity)
            if start < end { piece(start..<end) }
        }
    }
}
