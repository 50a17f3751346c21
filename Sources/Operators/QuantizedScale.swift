internal import CKernels
package import Graph
internal import Tensors

/// Product of levels with one factor for each image and channel, rounded to levels of the output's scale: the last step
/// of squeeze and excitation. x: uint8 [N, C, H, W], factor: uint8 [N, C, 1, 1], both in blocks or both plain.
package struct QuantizedScale: BlockedForm {
    package static let opType = "QuantizedScale"
    package static let domain = "fovea"
    private let node: NodeDescription
    private let x, factor, output: LevelScale
    private var isBlocked = false

    /// A rewrite makes it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a product of levels is not part of a model")
    }

    package init(_ node: NodeDescription, x: LevelScale, factor: LevelScale, output: LevelScale) {
        self.node = node
        (self.x, self.factor, self.output) = (x, factor, output)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let x = inputs[0]?.type, x.dataType == .uint8 else {
            throw node.mismatch("x is not of uint8")
        }
        return [x]
    }

    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard let channels = BlockedLayout.channels(inputs[0], of: .uint8) else { return nil }
        var blocked = self
        blocked.isBlocked = true
        return BlockedNode(op: blocked, inputs: [.blocked(0), .blocked(1)], channels: channels)
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let factor = context.input(1)
        let rank = isBlocked ? 5 : 4
        guard x.shape.rank == rank, factor.shape.rank == rank, factor.shape[0] == x.shape[0],
            factor.shape[1] == x.shape[1], factor.shape[2] == 1, factor.shape[3] == 1
        else { throw node.mismatch("\(x) by \(factor)") }
        let y = context.output(0, .uint8, x.shape)
        let pixels = x.shape[2] * x.shape[3]
        let lanes = isBlocked ? BlockedLayout.lanes : 1
        let unit = Float(Double(self.x.scale) * Double(self.factor.scale) / Double(output.scale))
        let (xZero, factorZero, zero) = (self.x.zero, self.factor.zero, output.zero)
        context.spread(x.shape[0] * x.shape[1], cost: pixels * lanes / 8) { range in
            for block in range {
                let from = x.pointer(UInt8.self) + block * pixels * lanes
                let to = y.pointer(UInt8.self) + block * pixels * lanes
                let levels = factor.pointer(UInt8.self) + block * lanes
                if lanes > 1 {
                    let gains = (0..<lanes).map { Float(Int32(levels[$0]) - factorZero) * unit }
                    ck_u8_block_scale(from, xZero, gains, zero, to, pixels)
                } else {
                    // A plane at a time, as pixels of 16 with one gain, then what is left.
                    let gains = [Float](repeating: Float(Int32(levels[0]) - factorZero) * unit, count: 16)
                    ck_u8_block_scale(from, xZero, gains, zero, to, pixels / 16)
                    var rest = [UInt8](repeating: 0, count: 16)
                    let first = pixels / 16 * 16
                    for i in first..<pixels { rest[i - first] = from[i] }
                    ck_u8_block_scale(rest, xZero, gains, zero, &rest, 1)
                    for i in first..<pixels { to[i] = rest[i - first] }
                }
            }
        }
    }
}
