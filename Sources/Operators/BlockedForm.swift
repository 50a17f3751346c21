package import Graph
internal import Tensors

/// Blocked layout: a value [N, C, H, W] held as [N, ⌈C / 16⌉, H, W, 16], so that 16 channels of a pixel fill a vector.
/// Lanes beyond the last channel hold anything; no operator lets them reach a result.
package enum BlockedLayout {
    package static let lanes = 16

    package static func blocks(_ channels: Int) -> Int { (channels + lanes - 1) / lanes }

    /// The type in blocked layout of a value [N, C, H, W] of float32 or uint8 with a known number of channels; `nil` of
    /// others.
    package static func type(_ plain: ValueType) -> ValueType? {
        guard plain.dataType == .float32 || plain.dataType == .uint8, let dimensions = plain.dimensions,
            dimensions.count == 4, let channels = dimensions[1].fixedExtent
        else { return nil }
        return ValueType(
            plain.dataType, [dimensions[0], .fixed(blocks(channels)), dimensions[2], dimensions[3], .fixed(lanes)])
    }

    /// The channels of a value of float32 that can be held in blocked layout.
    static func channels(_ fact: ValueFact?) -> Int? { channels(fact, of: .float32) }

    /// The same for levels or float32.
    static func channels(_ fact: ValueFact?, of dataType: DataType) -> Int? {
        guard let type = fact?.type, type.dataType == dataType, let dimensions = type.dimensions, dimensions.count == 4
        else { return nil }
        return dimensions[1].fixedExtent
    }
}

/// What a node becomes when its output is to be in blocked layout.
package struct BlockedNode {
    /// How an input of the new node arrives.
    package enum Input {
        /// The old node's input in blocked layout.
        case blocked(Int)
        /// The old node's input as it is.
        case plain(Int)
        case absent
    }

    package var op: any Operator
    package var inputs: [Input]
    /// Channels of the output; `nil` when it leaves blocked layout.
    package var channels: Int?
    /// Whether the node is worth reordering its inputs for; others follow the layout their inputs have.
    package var initiates = false
}

/// An operator that can also work on blocked layout.
package protocol BlockedForm: Operator {
    /// The node on blocked layout; `nil` when it has no such form.
    ///
    /// - Parameters:
    ///   - inputs: facts of the node's inputs in plain layout.
    ///   - isBlocked: whether each input exists in blocked layout.
    func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode?
}
