package import Graph
internal import Tensors

/// ONNX `Trilu`: keeps the upper or lower triangle of the last two axes, `k` diagonals above the main one; zeros elsewhere.
package struct Trilu: Operator {
    package static let opType = "Trilu"
    private let node: NodeDescription
    private let upper: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...2)
        self.node = node
        upper = try node.int("upper") ?? 1 != 0
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = try node.fact(inputs, 0).type
        if let rank = type.rank, rank < 2 { throw node.mismatch("an input of rank \(rank)") }
        return [type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.shape.rank >= 2 else { throw node.mismatch("an input of rank \(x.shape.rank)") }
        let rows = x.shape[x.shape.rank - 2], columns = x.shape[x.shape.rank - 1]
        var diagonal = 0
        if let k = context.optionalInput(1) { diagonal = min(max(try node.integer(k), -rows), columns) }
        let y = context.copyOfInput(0)
        guard y.elementCount > 0 else { return }
        let width = x.dataType.byteWidth ?? 0
        for row in 0..<y.elementCount / columns {
            // The first column of the upper triangle.
            let edge = row % rows + diagonal
            let zeros = upper ? 0..<min(max(edge, 0), columns) : min(max(edge + 1, 0), columns)..<columns
            let start = y.base + (row * columns + zeros.lowerBound) * width
            start.initializeMemory(as: UInt8.self, repeating: 0, count: zeros.count * width)
        }
    }
}
