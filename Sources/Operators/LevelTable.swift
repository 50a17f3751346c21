internal import CKernels
package import Graph
package import Tensors

/// Each level by a table of 256: any chain of element-wise operators between two roundings to levels. uint8 → uint8.
package struct LevelTable: BlockedForm {
    package static let opType = "LevelTable"
    package static let domain = "fovea"
    private let node: NodeDescription
    /// 256 levels.
    package let table: Tensor

    /// A rewrite makes it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a table of levels is not part of a model")
    }

    /// - Parameter table: 256 of uint8.
    package init(_ node: NodeDescription, table: Tensor) {
        precondition(table.dataType == .uint8 && table.elementCount == 256)
        self.node = node
        self.table = table
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let x = inputs[0]?.type, x.dataType == .uint8 else {
            throw node.mismatch("x is not of uint8")
        }
        return [x]
    }

    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard let channels = BlockedLayout.channels(inputs[0], of: .uint8) else { return nil }
        return BlockedNode(op: self, inputs: [.blocked(0)], channels: channels)
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let y = context.output(0, .uint8, x.shape)
        context.spreadLevels(x.elementCount) { range in
            ck_u8_table(
                table.pointer(UInt8.self), x.pointer(UInt8.self) + range.lowerBound,
                y.pointer(UInt8.self) + range.lowerBound, range.count)
        }
    }
}

extension RunContext {
    /// Spreads element-wise work on levels over the threads: a vector of 64 costs about as much as 4 floats.
    func spreadLevels(_ count: Int, _ body: @Sendable (Range<Int>) -> Void) {
        let chunk = 4096
        spread((count + chunk - 1) / chunk, cost: chunk / 8) { chunks in
            body(chunks.lowerBound * chunk..<min(count, chunks.upperBound * chunk))
        }
    }
}

/// An operator whose levels a table can follow while they are in cache.
package protocol LevelTableFusable: Operator {
    /// The same operator with the table behind it; `nil` when it has one, or makes no levels.
    func fused(table: Tensor) -> (any Operator)?
}
