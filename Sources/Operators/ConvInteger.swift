internal import CKernels
package import Graph
internal import Tensors

/// ONNX `ConvInteger`: convolution of 8-bit operands less their zero points, in int32. What pads the input is its zero
/// point.
package struct ConvInteger: Operator {
    package static let opType = "ConvInteger"
    private let node: NodeDescription
    private let convolution: IntegerConvolution

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...4)
        self.node = node
        convolution = try IntegerConvolution(node)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        try IntegerProduct.checkTypes(inputs, [0, 1], node)
        return [try convolution.outputType(try node.fact(inputs, 0), try node.fact(inputs, 1), .int32)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), w = context.input(1)
        let layer = try convolution.layer(x.shape, w.shape)
        let y = context.output(0, .int32, layer.outputShape)
        try convolution.run(
            layer, x, w, zeroPoints: (context.optionalInput(2), context.optionalInput(3)), to: y.pointer(), context)
    }
}

/// ONNX `QLinearConv`: convolution of quantised operands, quantised again. Scale and zero point of the weights are for all
/// or for each output channel; the bias is int32 in the scale x_scale · w_scale.
package struct QLinearConv: Operator {
    package static let opType = "QLinearConv"
    private let node: NodeDescription
    private let convolution: IntegerConvolution

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 8...9)
        self.node = node
        convolution = try IntegerConvolution(node)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        try IntegerProduct.checkTypes(inputs, [0, 3, 7], node)
        let type = try node.fact(inputs, 7).dataType
        return [try convolution.outputType(try node.fact(inputs, 0), try node.fact(inputs, 3), type)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), w = context.input(3)
        let layer = try convolution.layer(x.shape, w.shape)
        let y = context.output(0, context.input(7).dataType, layer.outputShape)
        let sums = Tensor(dataType: .int32, shape: layer.outputShape, zeroed: false)
        try convolution.run(
            layer, x, w, zeroPoints: (context.optionalInput(2), context.optionalInput(5)), to: sums.pointer(), context)
        let input = try node.number(context.input(1)), output = try node.number(context.input(6))
        let scales = try context.input(4).converted(to: .float32, node: node).array(of: Float.self)
        guard scales.count == 1 || scales.count == layer.channels else { throw node.mismatch("\(scales.count) scales") }
        let requantization = Requantization(
            multipliers: scales.map { Float(input) * $0 / Float(output) },
            zeroPoints: [Float(try node.integer(context.input(7)))])
        let bias = context.optionalInput(8)
        if let bias, bias.dataType != .int32 || bias.shape != [layer.channels] {
            throw node.mismatch("a bias of \(bias) for \(layer.channels) channels")
        }
        let positions = layer.geometry.outputCount
        for plane in 0..<layer.batch * layer.channels {
            let channel = plane % layer.channels
            let row = sums.pointer(Int32.self) + plane * positions
            if let bias {
                let offset = bias.pointer(Int32.self)[channel]
                for i in 0..<positions { row[i] &+= offset }
            }
            try requantization.store(
                row, positions, channel: { _ in channel }, to: y, at: plane * positions, node)
        }
    }
}

/// A convolution of whole numbers: x: [N, C, …] unfolded to columns, times the weights [M, C / groups, …].
struct IntegerConvolution: Sendable {
    private let node: NodeDescription
    private let sliding: SlidingWindow
    private let groups: Int

    struct Layer: Sendable {
        let geometry: WindowGeometry
        let batch: Int
        let channels: Int
        /// Input channels of a group.
        let depth: Int
        let outputShape: Shape
    }

    init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        sliding = try SlidingWindow(node)
        groups = try node.int("group") ?? 1
        guard groups >= 1 else { throw node.malformed("group is \(groups)") }
    }

    func outputType(_ x: ValueFact, _ w: ValueFact, _ type: DataType) throws(GraphError) -> ValueType {
        guard let dimensions = x.dimensions, let filter = w.dimensions else { return ValueType(type, nil) }
        guard dimensions.count >= 3, filter.count == dimensions.count else {
            throw node.mismatch("x of rank \(dimensions.count) with weights of rank \(filter.count)")
        }
        let spatial = try sliding.outputDimensions(Array(dimensions[2...]), kernel: filter[2...].map(\.fixedExtent))
        return try SlidingWindow.checkedType(type, [dimensions[0], filter[0]] + spatial, node)
    }

    func layer(_ x: Shape, _ w: Shape) throws(GraphError) -> Layer {
        guard x.rank >= 3, w.rank == x.rank, w[0] % groups == 0, x[1] == w[1] * groups, w[0] > 0,
            sliding.kernel == nil || sliding.kernel == Array(w.dimensions[2...])
        else { throw node.mismatch("x \(x), weights \(w), \(groups) groups") }
        let geometry = try sliding.geometry(input: Array(x.dimensions[2...]), kernel: Array(w.dimensions[2...]))
        let shape = try SlidingWindow.checkedShape([x[0], w[0]] + geometry.output, node)
        _ = try node.shape([w[1] * geometry.kernelCount, geometry.outputCount])
        return Layer(geometry: geometry, batch: x[0], channels: w[0], depth: w[1], outputShape: shape)
    }

    func run(
        _ layer: Layer, _ x: Tensor, _ w: Tensor, zeroPoints: (x: Tensor?, w: Tensor?),
        to y: UnsafeMutablePointer<Int32>, _ context: RunContext
    ) throws(GraphError) {
        guard layer.outputShape.elementCount > 0 else { return }
        let inputZero = try IntegerProduct.zeroPoints(zeroPoints.x, of: x, node)
        let weightZeros = try IntegerProduct.zeroPoints(zeroPoints.w, of: w, node)
        guard inputZero.count == 1, weightZeros.count == 1 || weightZeros.count == layer.channels else {
            throw node.mismatch("\(inputZero.count) and \(weightZeros.count) zero points")
        }
        let geometry = layer.geometry
        let depth = layer.depth * geometry.kernelCount, positions = geometry.outputCount
        let input = try IntegerProduct.centered(x, zeroPoints: inputZero, node: node)
        let weights = try IntegerProduct.centered(w, zeroPoints: weightZeros, node: node) {
            weightZeros.count == 1 ? 0 : $0 / max(depth, 1)
        }
        let rows = layer.channels / groups
        let room = try context.scratch(
            byteCount: try node.product(try node.product(depth, positions), MemoryLayout<Int16>.stride), node)
        let columns = UnsafeMutableBufferPointer(
            start: room.base.assumingMemoryBound(to: Int16.self), count: depth * positions)
        for block in 0..<layer.batch * groups {
            input.withUnsafeBufferPointer { input in
                unfold(input, from: block * layer.depth * geometry.inputCount, layer, columns)
            }
            weights.withUnsafeBufferPointer { weights in
                guard let a = weights.baseAddress, let b = columns.baseAddress else { return }
                let job = IntegerOperands(a: a + block % groups * rows * depth, b: b, c: y + block * rows * positions)
                context.spread(rows, cost: depth * positions) { range in
                    for row in range {
                        IntegerProduct.multiplyRow(
                            job.a + row * depth, job.b, job.c + row * positions, n: positions, k: depth)
                    }
                }
            }
        }
    }

    /// columns[channel · kernel + tap, position] = the input element that the tap meets there, 0 in the padding.
    private func unfold(
        _ x: UnsafeBufferPointer<Int16>, from first: Int, _ layer: Layer, _ columns: UnsafeMutableBufferPointer<Int16>
    ) {
        let geometry = layer.geometry
        let window = geometry.window
        let (id, ih, iw) = window.input, (od, oh, ow) = window.output
        let (kd, kh, kw) = window.kernel
        var at = 0
        for channel in 0..<layer.depth {
            let plane = first + channel * id * ih * iw
            for tap in 0..<kd * kh * kw {
                let offset = (
                    tap / (kh * kw) * window.dilation.0 - window.pad.0,
                    tap / kw % kh * window.dilation.1 - window.pad.1,
                    tap % kw * window.dilation.2 - window.pad.2
                )
                for z in 0..<od {
                    let depth = z * window.stride.0 + offset.0
                    for r in 0..<oh {
                        let row = r * window.stride.1 + offset.1
                        guard depth >= 0, depth < id, row >= 0, row < ih else {
                            for _ in 0..<ow {
                                columns[at] = 0
                                at += 1
                            }
                            continue
                        }
                        let line = plane + (depth * ih + row) * iw
                        for c in 0..<ow {
                            let column = c * window.stride.2 + offset.2
                            columns[at] = column >= 0 && column < iw ? x[line + column] : 0
                            at += 1
                        }
                    }
                }
            }
        }
    }
}
