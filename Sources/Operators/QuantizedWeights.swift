internal import CKernels
package import Tensors

/// Constant weights as whole numbers: real = level · scale of the output channel.
package struct WeightLevels: Sendable {
    /// [M, C / groups, kernel…], int8, zero points already subtracted.
    package let levels: Tensor
    /// One for each output channel.
    package let scales: [Float]

    package init(levels: Tensor, scales: [Float]) {
        self.levels = levels
        self.scales = scales
    }

    /// Whether no sum of products with 8-bit levels, zero points and a bias can leave 32 bits.
    var fitsSums: Bool { levels.shape[0] > 0 && levels.elementCount / levels.shape[0] <= 1 << 14 }
}

/// Weights in the order of the quantised kernels: for each group, pairs of 16 output channels, the last maybe a single
/// 16; in each [input block, tap, four lanes, 32 or 16, lane of four]. What lies beyond the last channel is 0.
struct QuantizedWeights: Sendable {
    private let bytes: Tensor
    /// In the scale of the sums, less the input's zero point times the sum of the weights; one for each output lane.
    private let bias: Tensor
    private let steps: Int
    private let groupBlocks: Int

    /// - Parameters:
    ///   - bias: real numbers, one for each output channel.
    ///   - lanes: input channels that lie together: 16, or 4 of a picture.
    init(_ weights: WeightLevels, bias: [Float]?, input: LevelScale, groups: Int, lanes: Int) {
        let (outputs, channels) = (weights.levels.shape[0], weights.levels.shape[1])
        let taps = weights.levels.shape.dimensions[2...].reduce(1, *)
        let groupOutputs = outputs / groups
        let groupBlocks = BlockedLayout.blocks(groupOutputs)
        let fours = (0..<(channels + lanes - 1) / lanes).map {
            (min(lanes, channels - $0 * lanes) + 3) / 4
        }
        let steps = fours.reduce(0, +) * taps
        (self.steps, self.groupBlocks) = (steps, groupBlocks)
        bytes = Tensor(dataType: .int8, shape: [groups * groupBlocks * steps * 64])
        self.bias = Self.bias(weights, bias, input: input, groups: groups)
        let source = weights.levels.pointer(Int8.self)
        let target = bytes.pointer(Int8.self)
        for group in 0..<groups {
            for output in 0..<groupOutputs {
                let pair = output / 32
                let width = groupBlocks - 2 * pair == 1 ? 16 : 32
                let row = source + (group * groupOutputs + output) * channels * taps
                let panel = target + (group * groupBlocks + 2 * pair) * steps * 64 + output % 32 * 4
                var step = 0
                for (block, count) in fours.enumerated() {
                    for tap in 0..<taps {
                        for four in 0..<count {
                            let first = block * lanes + four * 4
                            for lane in 0..<min(4, channels - first) {
                                panel[step * width * 4 + lane] = row[(first + lane) * taps + tap]
                            }
                            step += 1
                        }
                    }
                }
            }
        }
    }

    /// Biases in the scale of the sums, for each lane of the output blocks.
    static func bias(_ weights: WeightLevels, _ bias: [Float]?, input: LevelScale, groups: Int)
        -> Tensor
    {
        let outputs = weights.levels.shape[0]
        let depth = weights.levels.elementCount / outputs
        let groupLanes = BlockedLayout.blocks(outputs / groups) * BlockedLayout.lanes
        let result = Tensor(dataType: .int32, shape: [groups * groupLanes])
        let source = weights.levels.pointer(Int8.self)
        let target = result.pointer(Int32.self)
        for output in 0..<outputs {
            var sum: Int32 = 0
            for element in 0..<depth { sum += Int32(source[output * depth + element]) }
            let unit = Double(input.scale) * Double(weights.scales[output])
            let level = (Double(bias?[output] ?? 0) / unit).rounded(.toNearestOrEven)
            let limit = Double(1 << 29)
            let bounded = level.isNaN ? 0 : min(max(level, -limit), limit)
            let lane = output / (outputs / groups) * groupLanes + output % (outputs / groups)
            target[lane] = Int32(bounded) - input.zero * sum
        }
        return result
    }

    /// The weights from output block `block` of a group on; `block` is even.
    func panels(group: Int, block: Int) -> UnsafePointer<Int8> {
        UnsafePointer(bytes.pointer(Int8.self) + (group * groupBlocks + block) * steps * 64)
    }

    func bias(group: Int, block: Int) -> UnsafePointer<Int32> {
        UnsafePointer(bias.pointer(Int32.self) + (group * groupBlocks + block) * 16)
    }
}
