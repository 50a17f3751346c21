package import Tensors

/// Constant weights in signed bytes, each output channel with a scale of its own: w ≈ q · scale, q in −127…127.
package struct QuantizedWeights: Sendable {
    package let levels: Tensor
    package let scales: [Float]
    package let axis: Int

    /// - Parameters:
    ///   - weights: float32.
    ///   - axis: of the output channels.
    ///   - bias: by channel; a channel's scale is made coarse enough that bias / (inputScale · scale) fits 31 bits.
    package init(_ weights: Tensor, axis: Int, bias: [Float]? = nil, inputScale: Float = 1) {
        self.axis = axis
        let layout = ChannelLayout(weights.shape, axis: axis)
        let source = weights.elements(as: Float.self)
        let levels = Tensor(dataType: .int8, shape: weights.shape, zeroed: false)
        let target = levels.mutableElements(as: Int8.self)
        var channel = [Float](repeating: 0, count: layout.elementsPerChannel)
        scales = (0..<layout.channels).map { index in
            layout.forEach(channel: index) { place, element in channel[place] = source[element] }
            var scale = Self.leastErrorScale(channel)
            if let bias { scale = max(scale, abs(bias[index]) / inputScale / 1_073_741_824) }
            layout.forEach(channel: index) { place, element in
                target[element] = Int8(min(max((channel[place] / scale).rounded(.toNearestOrEven), -127), 127))
            }
            return scale
        }
        self.levels = levels
    }

    /// The weights as the network sees them.
    package var dequantized: Tensor {
        let result = Tensor(dataType: .float32, shape: levels.shape, zeroed: false)
        let layout = ChannelLayout(levels.shape, axis: axis)
        let (source, target) = (levels.elements(as: Int8.self), result.mutableElements(as: Float.self))
        for index in 0..<layout.channels {
            layout.forEach(channel: index) { _, element in target[element] = Float(source[element]) * scales[index] }
        }
        return result
    }

    /// The scale between 0.7 and 1 times the one that holds the greatest weight that makes the least squared error.
    private static func leastErrorScale(_ weights: [Float]) -> Float {
        let greatest = weights.reduce(0) { max($0, abs($1)) }
        guard greatest > Float.leastNormalMagnitude * 256 else { return 1 }
        var best = greatest / 127
        var least = Float.infinity
        for step in 0...15 {
            let scale = greatest / 127 * (1 - Float(step) * 0.02)
            var error: Float = 0
            for weight in weights {
                let level = min(max((weight / scale + 12_582_912) - 12_582_912, -127), 127)
                let change = weight - level * scale
                error += change * change
            }
            if error < least { (least, best) = (error, scale) }
        }
        return best
    }
}

/// Where the elements of each index along one axis lie in a dense tensor.
struct ChannelLayout {
    let channels: Int
    let elementsPerChannel: Int
    private let outer: Int
    private let inner: Int

    /// - Parameter axis: counts from the end when negative.
    init(_ shape: Shape, axis: Int) {
        let axis = axis < 0 ? axis + shape.rank : axis
        channels = shape[axis]
        outer = shape.dimensions[..<axis].reduce(1, *)
        inner = shape.dimensions[(axis + 1)...].reduce(1, *)
        elementsPerChannel = outer * inner
    }

    @inline(__always)
    func forEach(channel: Int, _ body: (_ place: Int, _ element: Int) -> Void) {
        var place = 0
        for block in 0..<outer {
            let start = (block * channels + channel) * inner
            for element in start..<start + inner {
                body(place, element)
                place += 1
            }
        }
    }
}
