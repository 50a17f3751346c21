package import Graph
internal import Tensors

/// ONNX `Constant`: a tensor given by one of the attributes `value`, `value_float(s)` or `value_int(s)`.
package struct Constant: Operator {
    package static let opType = "Constant"
    private let value: Tensor

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 0...0)
        if let tensor = try node.tensor("value") {
            value = tensor
        } else if let number = try node.float("value_float") {
            value = Tensor(scalar: number)
        } else if let numbers = try node.floats("value_floats") {
            value = Tensor(numbers, shape: [numbers.count])
        } else if let number = try node.int("value_int") {
            value = Tensor(scalar: Int64(number))
        } else if let numbers = try node.ints("value_ints") {
            value = Tensor(numbers.map { Int64($0) }, shape: [numbers.count])
        } else if let key = node.attributes.keys.sorted().first {
            throw node.unsupported("attribute '\(key)'")
        } else {
            throw node.malformed("no value")
        }
    }

    package func outputTypes(_ inputs: [ValueFact?]) -> [ValueType] { [ValueType(value.dataType, shape: value.shape)] }

    package func run(_ context: RunContext) { context.setOutput(0, value) }
}
