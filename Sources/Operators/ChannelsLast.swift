internal import CKernels
package import Graph
internal import Tensors

/// Takes a value of so many channels from blocked layout to [N, H, W, C]: what a Transpose with perm 0, 2, 3, 1 makes of
/// it. Float32.
package struct ChannelsLast: Operator {
    package static let opType = "ChannelsLast"
    package static let domain = "fovea"
    private let node: NodeDescription
    private let channels: Int

    /// ``Transpose`` makes it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a reordering of blocks is not part of a model")
    }

    init(_ node: NodeDescription, channels: Int) {
        self.node = node
        self.channels = channels
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let dimensions = inputs[0]?.type.dimensions, dimensions.count == 5 else {
            throw node.mismatch("x is not in blocks")
        }
        return [ValueType(.float32, [dimensions[0], dimensions[2], dimensions[3], .fixed(channels)])]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let blocks = BlockedLayout.blocks(channels)
        guard x.shape.rank == 5, x.shape[1] == blocks else { throw node.mismatch("x is \(x)") }
        let (rows, width) = (x.shape[2], x.shape[3])
        let y = context.output(0, .float32, [x.shape[0], rows, width, channels])
        let (lanes, channels) = (BlockedLayout.lanes, channels)
        context.spread(x.shape[0] * rows, cost: width * channels) { range in
            for line in range {
                let (image, row) = (line / rows, line % rows)
                for block in 0..<blocks {
                    ck_f32_block_to_rows(
                        x.pointer(Float.self) + ((image * blocks + block) * rows + row) * width * lanes, width,
                        min(lanes, channels - block * lanes),
                        y.pointer(Float.self) + line * width * channels + block * lanes, channels)
                }
            }
        }
    }
}

extension Transpose: BlockedForm {
    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard permutation == [0, 2, 3, 1], let channels = BlockedLayout.channels(inputs[0]) else { return nil }
        return BlockedNode(op: ChannelsLast(node, channels: channels), inputs: [.blocked(0)], channels: nil)
    }
}
