internal import Graph
internal import Tensors

/// A transposed convolution whose windows lie side by side (kernel = stride, no padding): for each tap a 1 × 1 convolution
/// that writes every stride-th pixel.
struct AdjoiningWindows {
    let kernel: (y: Int, x: Int)
    let channels, outputs: Int

    /// - Parameter weights: [C, M, kernel…].
    init(weights: Shape) {
        (channels, outputs) = (weights[0], weights[1])
        kernel = (weights[2], weights[3])
    }

    private var tapCount: Int { kernel.y * kernel.x }
    var inputBlocks: Int { BlockedLayout.blocks(channels) }
    var outputBlocks: Int { BlockedLayout.blocks(outputs) }

    /// For each tap in row-major order its weights [M, C, 1, 1].
    func filters<Element: BitwiseCopyable>(of weights: Tensor, as type: Element.Type) -> [Tensor] {
        (0..<tapCount).map { tap in
            let turned = Tensor(dataType: weights.dataType, shape: [outputs, channels, 1, 1], zeroed: false)
            let (source, target) = (weights.pointer(type), turned.pointer(type))
            for channel in 0..<channels {
                for output in 0..<outputs {
                    target[output * channels + channel] = source[(channel * outputs + output) * tapCount + tap]
                }
            }
            return turned
        }
    }

    /// - Parameter spatial: height and width of the input.
    func outputDimensions(_ spatial: ArraySlice<Dimension>) -> [Dimension] {
        zip(spatial, [kernel.y, kernel.x]).map { extent, factor in
            extent.fixedExtent.map { .fixed($0.multipliedReportingOverflow(by: factor).partialValue) } ?? .unknown
        }
    }

    /// Multiply-adds for an output in plain or blocked layout.
    func multiplyAdds(output: Shape) -> Int {
        output.rank >= 4 ? output[0] * output[2] * output[3] * outputs * channels : 0
    }

    /// The output in blocks for x in blocks.
    ///
    /// - Throws: `GraphError` when x has another shape or the output would be too large.
    func outputShape(_ x: Tensor, _ node: NodeDescription) throws(GraphError) -> Shape {
        guard x.shape.rank == 5, x.shape[1] == inputBlocks else { throw node.mismatch("x is \(x)") }
        return try SlidingWindow.checkedShape(
            [x.shape[0], outputBlocks, x.shape[2] * kernel.y, x.shape[3] * kernel.x, BlockedLayout.lanes], node)
    }

    /// Where rows of an input of fixed size lie, and where their taps are written. In pixels of a block.
    struct Rows {
        let height, width: Int
        /// Of one image's input and output.
        let pixels, outputPixels: Int
        private let windows: AdjoiningWindows

        init(_ windows: AdjoiningWindows, x: Shape) {
            self.windows = windows
            (height, width) = (x[2], x[3])
            pixels = height * width
            outputPixels = pixels * windows.tapCount
        }

        /// - Parameter row: counted through all images.
        func source(_ row: Int) -> Int { row / height * windows.inputBlocks * pixels + row % height * width }

        /// Where a row's first pixel goes; the next ones are written `kernel.x` pixels apart.
        func target(_ row: Int, tap: Int) -> Int {
            let top = row % height * windows.kernel.y + tap / windows.kernel.x
            return row / height * windows.outputBlocks * outputPixels + top * width * windows.kernel.x
                + tap % windows.kernel.x
        }
    }
}
