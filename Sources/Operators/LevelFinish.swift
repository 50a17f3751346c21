internal import CKernels
internal import Tensors

/// Scale and zero point of a value of levels: real = (level − zero) · scale. Levels are uint8.
package struct LevelScale: Sendable, Equatable {
    package let scale: Float
    package let zero: Int32

    /// `nil` unless the scale is finite and above 0 and the zero point a level.
    package init?(scale: Float, zero: Int) {
        guard scale.isFinite, scale > 0, (0...255).contains(zero) else { return nil }
        self.scale = scale
        self.zero = Int32(zero)
    }

    /// The level of a real number: round(real / scale) + zero, halves to even, inside 0 ... 255.
    package func level(_ real: Float) -> Int32 {
        let level = (real / scale).rounded(.toNearestOrEven) + Float(zero)
        return level.isNaN ? zero : Int32(min(max(level, 0), 255))
    }
}

/// How sums of products become levels, or real numbers: see `ck_u8_finish`.
struct LevelFinish: Sendable {
    /// The addition of other levels that comes after the first rounding.
    struct Addition: Sendable {
        var gain, residualGain, offset: Float
        var zero, low: Int32
    }

    /// Scales of the sums, a float for each lane of the output blocks.
    let scales: Tensor
    /// `nil`: real numbers.
    let output: LevelScale?
    /// Bounds of the levels.
    var low: Int32 = 0
    var high: Int32 = 255
    var addition: Addition?
    /// 256 levels that stand for the levels.
    var table: Tensor?

    /// - Parameters:
    ///   - scales: of the real numbers that sums stand for, one for each output channel.
    ///   - lanes: lanes of the output blocks.
    init(scales: [Float], lanes: Int, output: LevelScale?) {
        let tensor = Tensor(dataType: .float32, shape: [lanes])
        let divisor = Double(output?.scale ?? 1)
        for (channel, scale) in scales.enumerated() {
            tensor.pointer(Float.self)[channel] = Float(Double(scale) / divisor)
        }
        self.scales = tensor
        self.output = output
    }

    /// The finish as the kernels take it, from output block `block` on. Tensors in it must outlive its use.
    func finish(block: Int) -> ck_u8_finish {
        var finish = ck_u8_finish()
        finish.scales = UnsafePointer(scales.pointer(Float.self) + block * BlockedLayout.lanes)
        (finish.zero, finish.low, finish.high) = (output?.zero ?? 0, low, high)
        if let addition {
            (finish.gain, finish.residual_gain) = (addition.gain, addition.residualGain)
            (finish.offset, finish.last_zero) = (addition.offset, addition.zero)
            (finish.last_low, finish.last_high) = (addition.low, 255)
        }
        finish.table = table.map { UnsafePointer($0.pointer(UInt8.self)) }
        return finish
    }
}
