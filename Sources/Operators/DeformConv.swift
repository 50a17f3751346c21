package import Graph
internal import Tensors

/// ONNX `DeformConv`: convolution over two axes whose taps are moved by offsets and weighed by a mask, both learned.
///
/// x: [N, C, H, W], weights: [M, C / groups, kh, kw], offsets: [N, 2 · offset groups · kh · kw, OH, OW] (y before x),
/// bias: [M], mask: [N, offset groups · kh · kw, OH, OW]. Taps between pixels are interpolated linearly; beyond the border
/// is 0. Sampled columns times the weights through the packed kernel, float32; 16-bit floats are computed in float32.
/// Zhu et al., "Deformable ConvNets v2", 2018.
package struct DeformConv: Operator {
    package static let opType = "DeformConv"
    package static let opsets = 19...Int.max
    private let node: NodeDescription
    private let sliding: SlidingWindow
    private let groups: Int
    private let offsetGroups: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 3...5)
        self.node = node
        sliding = try SlidingWindow(node)
        groups = try node.int("group") ?? 1
        offsetGroups = try node.int("offset_group") ?? 1
        guard groups >= 1, offsetGroups >= 1 else { throw node.malformed("group or offset_group is not positive") }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let x = try node.fact(inputs, 0), w = try node.fact(inputs, 1)
        guard x.dataType == .float32 || x.dataType.isHalf, x.dataType == w.dataType else {
            throw node.unsupported("\(x.dataType) with weights of \(w.dataType)")
        }
        guard let dimensions = x.dimensions, let filter = w.dimensions else { return [ValueType(x.dataType, nil)] }
        guard dimensions.count == 4, filter.count == 4 else {
            throw node.unsupported("x of rank \(dimensions.count) with weights of rank \(filter.count)")
        }
        let spatial = try sliding.outputDimensions(Array(dimensions[2...]), kernel: filter[2...].map(\.fixedExtent))
        return [try SlidingWindow.checkedType(x.dataType, [dimensions[0], filter[0]] + spatial, node)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), w = context.input(1), offsets = context.input(2)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        let bias = context.optionalInput(3), mask = context.optionalInput(4)
        guard x.shape.rank == 4, w.shape.rank == 4, w.shape[0] % groups == 0, x.shape[1] == w.shape[1] * groups,
            x.shape[1] % offsetGroups == 0
        else { throw node.mismatch("x \(x.shape), weights \(w.shape), \(groups) and \(offsetGroups) groups") }
        let geometry = try sliding.geometry(
            input: Array(x.shape.dimensions[2...]), kernel: Array(w.shape.dimensions[2...]))
        let shape = try SlidingWindow.checkedShape([x.shape[0], w.shape[0]] + geometry.output, node)
        let taps = geometry.kernelCount, positions = geometry.outputCount
        guard offsets.shape == Shape([x.shape[0], 2 * offsetGroups * taps] + geometry.output),
            mask == nil || mask?.shape == Shape([x.shape[0], offsetGroups * taps] + geometry.output),
            bias == nil || bias?.shape == [w.shape[0]]
        else { throw node.mismatch("offsets of \(offsets.shape) or what goes with them for \(shape)") }
        for tensor in [offsets, bias, mask] {
            if let tensor { try node.sameType(.float32, tensor.dataType) }
        }
        let y = context.output(0, .float32, shape)
        guard shape.elementCount > 0 else { return }
        let depth = w.shape[1] * taps, rows = w.shape[0] / groups
        let size = try node.product(depth, positions)
        let columns = Tensor(
            dataType: .float32, shape: [depth, positions],
            storage: try context.scratch(byteCount: try node.product(size, MemoryLayout<Float>.stride), node))
        let place = try context.scratch(byteCount: PackedRight.byteCount(k: depth, n: positions), node)
        let scratch = try context.scratch(
            byteCount: PackedRight.scratchByteCount(rows: rows, k: depth, threads: context.parallelism.width), node)
        for image in 0..<x.shape[0] {
            for group in 0..<groups {
                sample(
                    x, offsets, mask, image, firstChannel: group * w.shape[1], w.shape[1], geometry, columns, context)
                let target = y.pointer(Float.self) + (image * w.shape[0] + group * rows) * positions
                PackedRight(columns.pointer(), k: depth, n: positions, isTransposed: false, in: place.base)
                    .multiply(
                        PackedRight.Left(elements: w.pointer(Float.self) + group * rows * depth, stride: depth),
                        rows: rows, to: target, scratch: scratch.base, context.parallelism)
                guard let bias else { continue }
                for row in 0..<rows {
                    let offset = bias.pointer(Float.self)[group * rows + row]
                    for i in 0..<positions { target[row * positions + i] += offset }
                }
            }
        }
    }

    /// columns[channel · taps + tap, position]
    private func sample(
        _ x: Tensor, _ offsets: Tensor, _ mask: Tensor?, _ image: Int, firstChannel: Int, _ count: Int,
        _ geometry: WindowGeometry, _ columns: Tensor, _ context: RunContext
    ) {
        let (height, width) = (geometry.input[0], geometry.input[1])
        let (channels, taps, positions) = (x.shape[1], geometry.kernelCount, geometry.outputCount)
        let (dilation, stride, before) = (geometry.dilation, geometry.stride, geometry.before)
        let (kernelWidth, outputWidth) = (geometry.kernel[1], geometry.output[1])
        let offsetGroups = offsetGroups
        context.spread(count * taps, cost: 16 * positions) { range in
            for row in range {
                let (channel, tap) = (firstChannel + row / taps, row % taps)
                let own = channel / (channels / offsetGroups) * taps + tap
                let shift = offsets.pointer(Float.self) + (image * offsetGroups * taps + own) * 2 * positions
                let weight = mask.map { $0.pointer(Float.self) + (image * offsetGroups * taps + own) * positions }
                let plane = x.pointer(Float.self) + (image * channels + channel) * height * width
                let target = columns.pointer(Float.self) + row * positions
                for position in 0..<positions {
                    let down = position / outputWidth * stride[0] - before[0] + tap / kernelWidth * dilation[0]
                    let across = position % outputWidth * stride[1] - before[1] + tap % kernelWidth * dilation[1]
                    let value = Self.value(
                        plane, height, width, Float(down) + shift[position], Float(across) + shift[positions + position]
                    )
                    target[position] = weight.map { value * $0[position] } ?? value
                }
            }
        }
    }

    /// The linear interpolation between the four pixels around a place, 0 beyond the border.
    private static func value(
        _ plane: UnsafePointer<Float>, _ height: Int, _ width: Int, _ y: Float, _ x: Float
    ) -> Float {
        guard y > -1, x > -1, y < Float(height), x < Float(width) else { return 0 }
        let top = y.rounded(.down), left = x.rounded(.down)
        let (row, column) = (Int(top), Int(left))
        let (v, u) = (y - top, x - left)
        func pixel(_ row: Int, _ column: Int) -> Float {
            row >= 0 && row < height && column >= 0 && column < width ? plane[row * width + column] : 0
        }
        let upper = (1 - u) * pixel(row, column) + u * pixel(row, column + 1)
        let lower = (1 - u) * pixel(row + 1, column) + u * pixel(row + 1, column + 1)
        return (1 - v) * upper + v * lower
    }
}
