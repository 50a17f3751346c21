package import Graph
internal import Tensors

/// ONNX `ConstantOfShape`: a tensor of the given shape filled with one value (float32 zero by default).
package struct ConstantOfShape: Operator {
    package static let opType = "ConstantOfShape"
    private let node: NodeDescription
    private let value: Tensor

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        value = try node.tensor("value") ?? Tensor(scalar: Float(0))
        guard value.elementCount == 1 else { throw node.malformed("a value of \(value.elementCount) elements") }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let shape = try node.fact(inputs, 0)
        if let extents = try shape.integers(node) { return [ValueType(value.dataType, shape: try node.shape(extents))] }
        guard case .fixed(let rank)? = shape.dimensions?.first, (0...64).contains(rank) else {
            return [ValueType(value.dataType, nil)]
        }
        return [ValueType(value.dataType, .unknown(rank: rank))]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let shape = try node.shape(try node.integers(context.input(0)))
        let y = context.output(0, value.dataType, shape)
        StridedCopy(extents: [shape.elementCount], sourceStrides: [0], targetStrides: [1])
            .run(value.dataType, from: value, to: y)
    }
}
