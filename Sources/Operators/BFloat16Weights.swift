internal import CKernels
internal import Tensors

/// A convolution's weights in bfloat16 in the order of its kernel: for each group, pairs of 16 output channels, the last
/// maybe a single 16; in each [input block, tap, pair of input channels, 32 or 16, 2], 0 for channels that are missing.
struct BFloat16Weights: Sendable {
    private let halves: Tensor
    /// One bias for each lane of the output blocks, 0 beyond the last channel.
    private let bias: Tensor
    private let pairs: Int
    private let groupBlocks: Int

    /// - Parameter weights: [M, C / groups, kernel…], float32; channels of a group multiples of 16 when there are groups.
    init(_ weights: Tensor, bias: Tensor?, groups: Int) {
        let (outputs, channels) = (weights.shape[0], weights.shape[1])
        let taps = weights.shape.dimensions[2...].reduce(1, *)
        let groupOutputs = outputs / groups
        let groupBlocks = BlockedLayout.blocks(groupOutputs)
        let pairs = (channels / 16 * 8 + (channels % 16 + 1) / 2) * taps
        (self.pairs, self.groupBlocks) = (pairs, groupBlocks)
        halves = Tensor(dataType: .bfloat16, shape: [groups * groupBlocks * pairs * 32])
        self.bias = Tensor(dataType: .float32, shape: [groups * groupBlocks * 16])
        if let bias { self.bias.base.copyMemory(from: bias.base, byteCount: bias.byteCount) }
        let rounded = Tensor(dataType: .bfloat16, shape: [channels * taps], zeroed: false)
        let row = rounded.pointer(UInt16.self)
        let target = halves.pointer(UInt16.self)
        for output in 0..<outputs {
            ck_bf16_narrow(weights.pointer(Float.self) + output * channels * taps, channels * taps, row)
            let (group, channel) = (output / groupOutputs, output % groupOutputs)
            let pair = channel / 32
            let width = groupBlocks - 2 * pair == 1 ? 32 : 64
            var place = target + (group * groupBlocks + 2 * pair) * pairs * 32 + channel % 32 * 2
            for block in stride(from: 0, to: channels, by: 16) {
                let count = min(16, channels - block)
                for tap in 0..<taps {
                    for lane in stride(from: 0, to: count, by: 2) {
                        let at = (block + lane) * taps + tap
                        place[0] = row[at]
                        if lane + 1 < count { place[1] = row[at + taps] }
                        place += width
                    }
                }
            }
        }
    }

    /// The weights from output block `block` of a group on; `block` is even.
    func panels(group: Int, block: Int) -> UnsafePointer<UInt16> {
        UnsafePointer(halves.pointer(UInt16.self) + (group * groupBlocks + block) * pairs * 32)
    }

    func bias(group: Int, block: Int) -> UnsafePointer<Float> {
        UnsafePointer(bias.pointer(Float.self) + (group * groupBlocks + block) * 16)
    }
}
