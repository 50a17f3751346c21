package import Tensors

/// How a float32 tensor is kept in unsigned bytes: x ≈ (q − zeroPoint) · scale. Zero is exact.
package struct AffineScale: Sendable, Equatable {
    package let scale: Float
    package let zeroPoint: UInt8

    /// The finest scale whose 256 levels reach from `low` to `high` and hold 0.
    package init(low: Float, high: Float) {
        let (low, high) = (min(low, 0), max(high, 0))
        let step = (high - low) / 255
        // A tensor of zeros, or of numbers too small to divide by.
        scale = step >= Float.leastNormalMagnitude * 256 ? step : 1
        zeroPoint = UInt8(min(max((-low / scale).rounded(.toNearestOrEven), 0), 255))
    }

    package var low: Float { (0 - Float(zeroPoint)) * scale }
    package var high: Float { (255 - Float(zeroPoint)) * scale }

    /// `x` as the network sees it after QuantizeLinear and DequantizeLinear.
    package func rounded(_ x: Float) -> Float {
        let zero = Float(zeroPoint)
        let level = min(max(Self.nearest(x / scale) + zero, 0), 255)
        return (level - zero) * scale
    }

    package func rounded(_ tensor: Tensor) -> Tensor {
        let result = Tensor(dataType: .float32, shape: tensor.shape, zeroed: false)
        let (source, target) = (tensor.elements(as: Float.self), result.mutableElements(as: Float.self))
        for index in source.indices { target[index] = rounded(source[index]) }
        return result
    }

    /// Halves to even. Adding and taking away 1.5 · 2²³ leaves no fraction; beyond 2²² every level is clamped anyway.
    private static func nearest(_ x: Float) -> Float {
        let bounded = min(max(x, -4_194_304), 4_194_304)
        return (bounded + 12_582_912) - 12_582_912
    }
}
