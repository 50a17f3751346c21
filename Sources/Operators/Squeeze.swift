package import Graph
internal import Tensors

/// ONNX `Squeeze`: drops axes of extent 1, all of them when none are named.
package struct Squeeze: Operator {
    package static let opType = "Squeeze"
    private let node: NodeDescription
    private let axes: AxesParameter

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        axes = try AxesParameter(node, inputFrom: 13)
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        guard let dimensions = data.dimensions else { return [ValueType(data.dataType, nil)] }
        switch try axes.known(inputs, node) {
        case .atRunTime: return [ValueType(data.dataType, nil)]
        case .absent:
            guard dimensions.allSatisfy({ $0.fixedExtent != nil }) else { return [ValueType(data.dataType, nil)] }
            return [ValueType(data.dataType, dimensions.filter { $0 != .fixed(1) })]
        case .axes(let axes):
            let dropped = try node.axes(axes, rank: dimensions.count)
            for axis in dropped where dimensions[axis].fixedExtent ?? 1 != 1 {
                throw node.mismatch("axis \(axis) has extent \(dimensions[axis]), not 1")
            }
            return [
                ValueType(
                    data.dataType, dimensions.indices.filter { !dropped.contains($0) }.map { dimensions[$0] })
            ]
        }
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let data = context.input(0)
        let extents = data.shape.dimensions
        guard let axes = try axes.values(context, node) else {
            return context.setOutput(0, data.reshaped(Shape(extents.filter { $0 != 1 })))
        }
        let dropped = try node.axes(axes, rank: extents.count)
        for axis in dropped where extents[axis] != 1 {
            throw node.mismatch("axis \(axis) has extent \(extents[axis]), not 1")
        }
        context.setOutput(
            0, data.reshaped(Shape(extents.indices.filter { !dropped.contains($0) }.map { extents[$0] })))
    }
}
