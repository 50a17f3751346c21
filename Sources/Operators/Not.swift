package import Graph
internal import Tensors

/// ONNX `Not`: negates bool.
package struct Not: Operator {
    package static let opType = "Not"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = try node.fact(inputs, 0).type
        guard type.dataType == .bool else { throw node.mismatch("does not take \(type.dataType)") }
        return [type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.dataType == .bool else { throw node.mismatch("does not take \(x.dataType)") }
        let source = x.pointer(UInt8.self), target = context.output(0, .bool, x.shape).pointer(UInt8.self)
        for i in 0..<x.elementCount { target[i] = source[i] ^ 1 }
    }
}

/// ONNX `BitwiseNot`: inverts the bits of whole numbers.
package struct BitwiseNot: Operator {
    package static let opType = "BitwiseNot"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = try node.fact(inputs, 0).type
        guard type.dataType.isInteger else { throw node.mismatch("does not take \(type.dataType)") }
        return [type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.dataType.isInteger else { throw node.mismatch("does not take \(x.dataType)") }
        let source = x.pointer(UInt8.self), target = context.output(0, x.dataType, x.shape).pointer(UInt8.self)
        for i in 0..<x.byteCount { target[i] = ~source[i] }
    }
}
