package import Graph
internal import Tensors

/// ONNX `RotaryEmbedding`: turns pairs of elements of each head by the angles of the row's position.
///
/// x: [B, heads, S, D] or [B, S, heads · D]; cosines and sines: [positions, R / 2] with position_ids [B, S], else
/// [B, S, R / 2], where R is `rotary_embedding_dim`, by default D. Elements from R on stay.
/// Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding", 2021.
package struct RotaryEmbedding: Operator {
    package static let opType = "RotaryEmbedding"
    package static let opsets = 23...Int.max
    private let node: NodeDescription
    private let heads: Int?
    private let rotated: Int
    private let interleaved: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 3...4)
        self.node = node
        let heads = try node.int("num_heads") ?? 0
        guard heads >= 0 else { throw node.malformed("num_heads is \(heads)") }
        self.heads = heads == 0 ? nil : heads
        rotated = try node.int("rotary_embedding_dim") ?? 0
        guard rotated >= 0, rotated % 2 == 0 else { throw node.malformed("rotary_embedding_dim is \(rotated)") }
        interleaved = try node.int("interleaved") ?? 0 != 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = try node.fact(inputs, 0).type
        guard type.dataType == .float32 || type.dataType.isHalf else {
            throw node.unsupported("elements of \(type.dataType)")
        }
        return [type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), cosines = context.input(1), sines = context.input(2)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        try node.sameType(x.dataType, cosines.dataType)
        try node.sameType(x.dataType, sines.dataType)
        let heads = x.shape.rank == 4 ? x.shape[1] : heads ?? 0
        guard x.shape.rank == 4 || x.shape.rank == 3, heads > 0, x.shape.rank == 4 || x.shape[2] % heads == 0 else {
            throw node.mismatch("an input of \(x.shape) with \(heads) heads")
        }
        let steps = x.shape[x.shape.rank - 2]
        let width = x.shape.rank == 4 ? x.shape[3] : x.shape[2] / heads
        let turned = rotated == 0 ? width : rotated
        let half = turned / 2
        let positions = try positions(context.optionalInput(3), x.shape[0], steps, cosines.shape)
        guard turned <= width, turned % 2 == 0, cosines.shape == sines.shape, cosines.shape.dimensions.last == half
        else { throw node.mismatch("cosines of \(cosines.shape) and sines of \(sines.shape) for rows of \(width)") }
        let y = context.output(0, .float32, x.shape)
        guard y.elementCount > 0 else { return }
        let isFour = x.shape.rank == 4
        for batch in 0..<x.shape[0] {
            for head in 0..<heads {
                for step in 0..<steps {
                    let row = isFour ? (batch * heads + head) * steps + step : (batch * steps + step) * heads + head
                    let at = positions[batch * steps + step] * half
                    turn(
                        x.pointer(Float.self) + row * width, y.pointer(Float.self) + row * width, width, half,
                        cosines.pointer(Float.self) + at, sines.pointer(Float.self) + at)
                }
            }
        }
    }

    /// The row of the tables for each step of each batch.
    private func positions(
        _ ids: Tensor?, _ batch: Int, _ steps: Int, _ table: Shape
    ) throws(GraphError) -> [Int] {
        guard let ids else {
            guard table.rank == 3, table[0] == batch, table[1] == steps else {
                throw node.mismatch("cosines of \(table) for [\(batch),\(steps)] without position_ids")
            }
            return Array(0..<batch * steps)
        }
        let found = try node.integers(ids)
        guard ids.shape == [batch, steps], table.rank == 2, found.allSatisfy({ 0..<table[0] ~= $0 }) else {
            throw node.mismatch("position_ids of \(ids.shape) for [\(batch),\(steps)] and cosines of \(table)")
        }
        return found
    }

    private func turn(
        _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ width: Int, _ half: Int,
        _ cosines: UnsafePointer<Float>, _ sines: UnsafePointer<Float>
    ) {
        for i in 0..<half {
            let (a, b) = interleaved ? (2 * i, 2 * i + 1) : (i, half + i)
            let (u, v) = (x[a], x[b])
            y[a] = cosines[i] * u - sines[i] * v
            y[b] = sines[i] * u + cosines[i] * v
        }
        for i in 2 * half..<width { y[i] = x[i] }
    }
}
