package import Graph
internal import Tensors

/// ONNX `Compress`: the slices along `axis`, or without it the elements, for which the condition holds.
package struct Compress: Operator {
    package static let opType = "Compress"
    private let node: NodeDescription
    private let axis: Int?

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        axis = try node.int("axis")
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        guard let axis else { return [ValueType(data.dataType, [.unknown])] }
        guard var dimensions = data.dimensions else { return [ValueType(data.dataType, nil)] }
        dimensions[try node.axis(axis, rank: dimensions.count)] = .unknown
        return [ValueType(data.dataType, dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), condition = context.input(1)
        guard condition.dataType == .bool, condition.shape.rank == 1 else {
            throw node.mismatch("a condition of \(condition)")
        }
        var extents = axis == nil ? [x.elementCount] : x.shape.dimensions
        let axis = try node.axis(axis ?? 0, rank: extents.count)
        let extent = extents[axis]
        let truth = condition.pointer(UInt8.self)
        let picks = (0..<min(condition.elementCount, extent)).filter { truth[$0] != 0 }
        let outer = extents[..<axis].reduce(1, *)
        let bytes = extents[(axis + 1)...].reduce(x.dataType.byteWidth ?? 0, *)
        extents[axis] = picks.count
        var to = context.output(0, x.dataType, Shape(extents)).base
        for block in 0..<outer {
            for pick in picks {
                to.copyMemory(from: x.base + (block * extent + pick) * bytes, byteCount: bytes)
                to += bytes
            }
        }
    }
}
