internal import CKernels
package import Graph
package import Tensors

/// Sum of two values of levels, rounded to levels of the output's scale: a, b, output uint8 of one shape.
package struct QuantizedAdd: LevelTableFusable, BlockedForm {
    package static let opType = "QuantizedAdd"
    package static let domain = "fovea"
    private let node: NodeDescription
    private let gains: (a: Float, b: Float)
    private let offset: Float
    private let zero: Int32
    /// Level of the lowest result.
    private let low: Int32
    private var table: Tensor?

    /// A rewrite makes it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a sum of levels is not part of a model")
    }

    /// - Parameter isRectified: whether results below 0 become 0.
    package init(
        _ node: NodeDescription, a: LevelScale, b: LevelScale, output: LevelScale, isRectified: Bool
    ) {
        self.node = node
        let left = Double(a.scale) / Double(output.scale)
        let right = Double(b.scale) / Double(output.scale)
        gains = (Float(left), Float(right))
        offset = Float(-(left * Double(a.zero) + right * Double(b.zero)))
        zero = output.zero
        low = isRectified ? output.zero : 0
        if low > 0 {
            let bounds = Tensor(dataType: .uint8, shape: [256])
            for level in 0..<256 { bounds.pointer(UInt8.self)[level] = UInt8(max(level, Int(low))) }
            table = bounds
        }
    }

    /// The sum as what comes after a convolution that makes its left or its right summand.
    func finish(asLeft: Bool) -> LevelFinish.Addition {
        LevelFinish.Addition(
            gain: asLeft ? gains.a : gains.b, residualGain: asLeft ? gains.b : gains.a, offset: offset,
            zero: zero,
            low: low)
    }

    /// Whether nothing but bounds comes after the sum.
    package var isPlain: Bool { table == nil || low > 0 }

    package func fused(table: Tensor) -> (any Operator)? {
        guard self.table == nil else { return nil }
        var fused = self
        fused.table = table
        return fused
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let a = inputs[0]?.type, a.dataType == .uint8, inputs[1]?.type.dataType == .uint8 else {
            throw node.mismatch("summands are not of uint8")
        }
        return [a]
    }

    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard let channels = BlockedLayout.channels(inputs[0], of: .uint8) else { return nil }
        return BlockedNode(op: self, inputs: [.blocked(0), .blocked(1)], channels: channels)
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let a = context.input(0)
        let b = context.input(1)
        guard a.shape == b.shape else { throw node.mismatch("\(a) and \(b)") }
        let y = context.output(0, .uint8, a.shape)
        context.spreadLevels(a.elementCount) { range in
            let target = y.pointer(UInt8.self) + range.lowerBound
            ck_u8_add(
                a.pointer(UInt8.self) + range.lowerBound, gains.a, b.pointer(UInt8.self) + range.lowerBound,
                gains.b,
                offset, zero, target, range.count)
            if let table { ck_u8_table(table.pointer(UInt8.self), target, target, range.count) }
        }
    }
}
