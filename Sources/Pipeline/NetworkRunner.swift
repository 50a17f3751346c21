internal import Graph
internal import Inference
internal import Synchronization
internal import Tensors

/// Runs a session on tensors of any shapes it takes, and keeps what was planned for them for the next run.
final class NetworkRunner: Sendable {
    let session: Session
    /// Threads that scratch memory is planned for.
    private let width: Int
    /// Contexts that no run holds now, the most recently used last.
    private let idle = Mutex<[ExecutionContext]>([])

    /// Idle contexts kept: several batch sizes, not every shape that a client may think of.
    private static let idleLimit = 8

    init(_ session: Session, parallelism width: Int) {
        self.session = session
        self.width = width
    }

    /// Plans for these inputs, so that the first run finds everything in place.
    func prepare(_ types: [String: ValueType]) throws(GraphError) {
        keep(try session.makeContext(types, parallelism: width))
    }

    /// - Parameter isCancelled: asked before each node.
    func run(
        _ inputs: [String: Tensor], parallelism: Parallelism, isCancelled: () -> Bool
    ) throws(GraphError) -> [String: Tensor] {
        let types = inputs.mapValues { ValueType($0.dataType, shape: $0.shape) }
        let context: ExecutionContext
        if let held = take(types) {
            context = held
        } else {
            context = try session.makeContext(types, parallelism: width)
        }
        defer { keep(context) }
        return try context.run(inputs, parallelism: parallelism, isCancelled: isCancelled)
    }

    private func take(_ types: [String: ValueType]) -> ExecutionContext? {
        idle.withLock { idle in
            guard let index = idle.lastIndex(where: { $0.inputTypes == types }) else { return nil }
            return idle.remove(at: index)
        }
    }

    private func keep(_ context: ExecutionContext) {
        idle.withLock { idle in
            if idle.count == Self.idleLimit { idle.removeFirst() }
            idle.append(context)
        }
    }
}
