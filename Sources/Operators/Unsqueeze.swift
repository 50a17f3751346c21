package import Graph
internal import Tensors

/// ONNX `Unsqueeze`: inserts axes of extent 1, named by their place in the output.
package struct Unsqueeze: Operator {
    package static let opType = "Unsqueeze"
    private let node: NodeDescription
    private let axes: AxesParameter

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        axes = try AxesParameter(node, inputFrom: 13)
    }

    package var inPlaceInput: Int? { 0 }

    private func inserted<Extent>(_ one: Extent, at axes: [Int], into extents: [Extent]) throws(GraphError) -> [Extent]
    {
        guard axes.count <= 64 else {
            throw .limitExceeded(what: "axes of '\(node.name)'", limit: 64, value: axes.count)
        }
        let places = try node.axes(axes, rank: extents.count + axes.count)
        var rest = extents.makeIterator()
        return (0..<extents.count + axes.count).map { places.contains($0) ? one : rest.next() ?? one }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        switch try axes.known(inputs, node) {
        case .absent: throw node.malformed("axes are missing")
        case .atRunTime: return [ValueType(data.dataType, nil)]
        case .axes(let axes):
            guard let dimensions = data.dimensions else { return [ValueType(data.dataType, nil)] }
            return [ValueType(data.dataType, try inserted(.fixed(1), at: axes, into: dimensions))]
        }
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let data = context.input(0)
        guard let axes = try axes.values(context, node) else { throw node.malformed("axes are missing") }
        context.setOutput(0, data.reshaped(Shape(try inserted(1, at: axes, into: data.shape.dimensions))))
    }
}
