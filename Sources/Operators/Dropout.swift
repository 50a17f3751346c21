package import Graph
internal import Tensors

/// ONNX `Dropout` in inference: hands its input on; the mask is all true. Training is not supported.
package struct Dropout: Operator {
    package static let opType = "Dropout"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...3, outputs: 1...2)
        self.node = node
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = try node.fact(inputs, 0).type
        // Up to opset 9 the mask has the type of the data.
        let mask = ValueType(node.opset < 10 ? type.dataType : .bool, type.dimensions)
        return node.hasOutput.count > 1 ? [type, mask] : [type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if let training = context.optionalInput(2), training.bytes.contains(where: { $0 != 0 }) {
            // A ratio of 0 drops nothing even in training.
            guard let ratio = context.optionalInput(1), try node.number(ratio) == 0 else {
                throw node.unsupported("training")
            }
        }
        context.setOutput(0, x)
        if node.hasOutput(1) {
            let one = try Tensor(scalar: UInt8(1)).converted(to: node.opset < 10 ? x.dataType : .bool, node: node)
            let mask = context.output(1, one.dataType, x.shape)
            StridedCopy(extents: [x.elementCount], sourceStrides: [0], targetStrides: [1])
                .run(one.dataType, from: one, to: mask)
        }
    }
}
