package import Graph
internal import Tensors

/// ONNX `EyeLike`: ones on the diagonal `k`, zeros elsewhere, in the shape of a matrix.
package struct EyeLike: Operator {
    package static let opType = "EyeLike"
    private let node: NodeDescription
    private let dataType: DataType?
    private let diagonal: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        dataType = node.attributes["dtype"] == nil ? nil : try node.dataType("dtype")
        diagonal = try node.int("k") ?? 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = try node.fact(inputs, 0).type
        if let rank = type.rank, rank != 2 { throw node.mismatch("an input of rank \(rank)") }
        return [ValueType(dataType ?? type.dataType, type.dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.shape.rank == 2 else { throw node.mismatch("an input of rank \(x.shape.rank)") }
        let (rows, columns) = (x.shape[0], x.shape[1])
        let type = dataType ?? x.dataType
        let one = try Tensor(scalar: Float(1)).converted(to: type, node: node)
        let y = context.output(0, type, x.shape)
        y.base.initializeMemory(as: UInt8.self, repeating: 0, count: y.byteCount)
        let width = type.byteWidth ?? 0
        let shift = min(max(diagonal, -rows), columns)
        for row in 0..<rows where (0..<columns).contains(row + shift) {
            (y.base + (row * columns + row + shift) * width).copyMemory(from: one.base, byteCount: width)
        }
    }
}
