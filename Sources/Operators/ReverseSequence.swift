package import Graph
internal import Tensors

/// ONNX `ReverseSequence`: turns round the first elements along the time axis, as many as each batch entry's length says.
package struct ReverseSequence: Operator {
    package static let opType = "ReverseSequence"
    private let node: NodeDescription
    private let timeAxis: Int
    private let batchAxis: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        timeAxis = try node.int("time_axis") ?? 0
        batchAxis = try node.int("batch_axis") ?? 1
        guard timeAxis + batchAxis == 1, timeAxis * batchAxis == 0 else {
            throw node.malformed("time_axis and batch_axis must be 0 and 1")
        }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = try node.fact(inputs, 0).type
        if let rank = type.rank, rank < 2 { throw node.mismatch("an input of rank \(rank)") }
        return [type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.shape.rank >= 2 else { throw node.mismatch("an input of rank \(x.shape.rank)") }
        let lengths = try node.integers(context.input(1))
        let times = x.shape[timeAxis], batches = x.shape[batchAxis]
        guard lengths.count == batches, lengths.allSatisfy({ (0...times).contains($0) }) else {
            throw node.mismatch("lengths \(lengths) for \(batches) entries of \(times) elements")
        }
        let y = context.output(0, x.dataType, x.shape)
        let bytes = x.shape.dimensions[2...].reduce(x.dataType.byteWidth ?? 0, *)
        let step = timeAxis == 0 ? (time: batches, batch: 1) : (time: 1, batch: times)
        for batch in 0..<batches {
            for time in 0..<times {
                let source = time < lengths[batch] ? lengths[batch] - 1 - time : time
                (y.base + (time * step.time + batch * step.batch) * bytes).copyMemory(
                    from: x.base + (source * step.time + batch * step.batch) * bytes, byteCount: bytes)
            }
        }
    }
}
