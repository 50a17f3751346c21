internal import CKernels
internal import Tensors

/// A convolution's weights in the order of the blocked kernel: for each group, pairs of 16 output channels, the last
/// maybe a single 16; in each [input block, tap, lane, 32 or 16], output channels beyond the last 0.
struct BlockedWeights: Sendable {
    let floats: Tensor
    /// One bias for each lane of the output blocks, 0 beyond the last channel.
    let bias: Tensor
    private let depth: Int
    private let groupBlocks: Int

    /// - Parameters:
    ///   - weights: [M, C / groups, kernel…], float32; M / groups a multiple of 16 when there are groups.
    ///   - lanes: input channels that lie together: 16, or 1 for an input in planes.
    init(_ weights: Tensor, bias: Tensor?, groups: Int, lanes: Int) {
        let (outputs, channels) = (weights.shape[0], weights.shape[1])
        let taps = weights.shape.dimensions[2...].reduce(1, *)
        let groupOutputs = outputs / groups
        let groupBlocks = BlockedLayout.blocks(groupOutputs)
        let depth = channels * taps
        (self.depth, self.groupBlocks) = (depth, groupBlocks)
        floats = Tensor(dataType: .float32, shape: [groups * groupBlocks * depth * 16], zeroed: outputs % 16 != 0)
        self.bias = Tensor(dataType: .float32, shape: [groups * groupBlocks * 16])
        if let bias { self.bias.base.copyMemory(from: bias.base, byteCount: bias.byteCount) }
        let source = weights.pointer(Float.self)
        let target = floats.pointer(Float.self)
        for group in 0..<groups {
            for output in 0..<groupOutputs {
                let pair = output / 32
                let width = groupBlocks - 2 * pair == 1 ? 16 : 32
                let row = source + (group * groupOutputs + output) * depth
                let panel = target + (group * groupBlocks + 2 * pair) * depth * 16 + output % 32
                var step = 0
                for block in stride(from: 0, to: channels, by: lanes) {
                    let count = min(lanes, channels - block)
                    for tap in 0..<taps {
                        for lane in 0..<count {
                            panel[step * width] = row[(block + lane) * taps + tap]
                            step += 1
                        }
                    }
                }
            }
        }
    }

    /// The weights from output block `block` of a group on; `block` is even.
    func panels(group: Int, block: Int) -> UnsafePointer<Float> {
        UnsafePointer(floats.pointer(Float.self) + (group * groupBlocks + block) * depth * 16)
    }

    func bias(group: Int, block: Int) -> UnsafePointer<Float> {
        UnsafePointer(bias.pointer(Float.self) + (group * groupBlocks + block) * 16)
    }
}
