internal import Tensors

/// One request on its way through a ``BatchQueue``: settled exactly once, by its run, its deadline or its caller.
final class PendingRun: Sendable {
    struct Answer: Sendable {
        var outputs: [String: Tensor]
        /// From arrival to the start of the run.
        var queuedNanoseconds: UInt64
    }

    /// Element types and all extents but the first: what requests must share to be joined.
    struct Signature: Hashable, Sendable {
        private let inputs: [String: [Int]]

        init(_ tensors: [String: Tensor]) {
            inputs = tensors.mapValues { [Int($0.dataType.rawValue)] + $0.shape.dimensions.dropFirst() }
        }
    }

    let inputs: [String: Tensor]
    let rows: Int
    let signature: Signature
    /// Smaller goes first.
    let priority: Int
    /// Nanoseconds on the monotonic clock.
    let arrival: UInt64

    private let settlement = Settlement<Answer>()

    init(_ inputs: [String: Tensor], rows: Int, priority: Int, arrival: UInt64) {
        self.inputs = inputs
        self.rows = rows
        self.priority = priority
        self.arrival = arrival
        signature = Signature(inputs)
    }

    var isSettled: Bool { settlement.isSettled }

    /// Gives the answer to whoever waits; what comes second is dropped.
    func settle(_ result: Result<Answer, any Error>) { settlement.settle(result) }

    /// Waits for the answer. To be called once.
    func value() async throws -> Answer { try await settlement.value() }
}
