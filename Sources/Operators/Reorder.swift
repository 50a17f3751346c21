internal import CKernels
package import Graph
internal import Tensors

/// Takes a value from [N, C, H, W] to blocked layout. Float32 or uint8.
package struct ToBlocks: Operator {
    package static let opType = "ToBlocks"
    package static let domain = "fovea"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) { self.node = node }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let x = inputs[0]?.type, let type = BlockedLayout.type(x) else {
            throw node.mismatch("x has no channels")
        }
        return [type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let isFloat = x.dataType == .float32
        guard x.shape.rank == 4, isFloat || x.dataType == .uint8 else { throw node.mismatch("x is \(x)") }
        let (channels, pixels) = (x.shape[1], x.shape[2] * x.shape[3])
        let blocks = BlockedLayout.blocks(channels)
        let y = context.output(0, x.dataType, [x.shape[0], blocks, x.shape[2], x.shape[3], BlockedLayout.lanes])
        context.spread(x.shape[0] * blocks, cost: pixels * 16) { range in
            for index in range {
                let first = index % blocks * 16
                guard isFloat else {
                    ck_u8_block_from_planes(
                        x.pointer(UInt8.self) + (index / blocks * channels + first) * pixels, pixels,
                        min(16, channels - first), pixels, y.pointer(UInt8.self) + index * pixels * 16)
                    continue
                }
                ck_f32_block_from_planes(
                    x.pointer(Float.self) + (index / blocks * channels + first) * pixels, pixels,
                    min(16, channels - first), pixels, y.pointer(Float.self) + index * pixels * 16)
            }
        }
    }
}

/// Takes a value of so many channels from blocked layout to [N, C, H, W]. Float32 or uint8.
package struct FromBlocks: Operator {
    package static let opType = "FromBlocks"
    package static let domain = "fovea"
    private let node: NodeDescription
    private let channels: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        channels = try node.int("channels") ?? 0
    }

    init(_ node: NodeDescription, channels: Int) {
        self.node = node
        self.channels = channels
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let x = inputs[0]?.type, let dimensions = x.dimensions, dimensions.count == 5 else {
            throw node.mismatch("x is not in blocks")
        }
        return [ValueType(x.dataType, [dimensions[0], .fixed(channels), dimensions[2], dimensions[3]])]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.shape.rank == 5, x.shape[1] == BlockedLayout.blocks(channels) else { throw node.mismatch("x is \(x)") }
        let (blocks, pixels) = (x.shape[1], x.shape[2] * x.shape[3])
        let y = context.output(0, x.dataType, [x.shape[0], channels, x.shape[2], x.shape[3]])
        let isFloat = x.dataType == .float32
        context.spread(x.shape[0] * blocks, cost: pixels * 16) { range in
            for index in range {
                let first = index % blocks * 16
                guard isFloat else {
                    ck_u8_block_to_planes(
                        x.pointer(UInt8.self) + index * pixels * 16, pixels, min(16, channels - first),
                        y.pointer(UInt8.self) + (index / blocks * channels + first) * pixels, pixels)
                    continue
                }
                ck_f32_block_to_planes(
                    x.pointer(Float.self) + index * pixels * 16, pixels, min(16, channels - first),
                    y.pointer(Float.self) + (index / blocks * channels + first) * pixels, pixels)
            }
        }
    }
}
