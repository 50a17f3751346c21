internal import CKernels
package import Graph
internal import Tensors

/// Transposed convolution: the gradient of ``Conv`` with respect to its input.
///
/// x: [N, C, …], weights: [C, M / groups, …], bias: [M], output: [N, M, …]. Float32; 16-bit floats are computed in float32.
/// Each group is one matrix product columns[M / groups · kernel, positions] = weightsᵀ · x, folded back onto the output in
/// the order of the kernel's elements.
package struct ConvTranspose: EpilogueFusable {
    package static let opType = "ConvTranspose"

    private static let attributeLimit = 1 << 20
    let node: NodeDescription
    private let kernel: [Int]?
    private let strides: [Int]?
    private let dilations: [Int]?
    private let pads: [Int]?
    private let outputPadding: [Int]?
    private let outputShape: [Int]?
    private let autoPad: String
    let groups: Int
    package private(set) var epilogue = Epilogue.identity

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        kernel = try Self.ints(node, "kernel_shape", 1)
        strides = try Self.ints(node, "strides", 1)
        dilations = try Self.ints(node, "dilations", 1)
        pads = try Self.ints(node, "pads", 0)
        outputPadding = try Self.ints(node, "output_padding", 0)
        outputShape = try Self.ints(node, "output_shape", 1)
        autoPad = try node.string("auto_pad") ?? "NOTSET"
        guard SlidingWindow.AutoPad(rawValue: autoPad) != nil else { throw node.malformed("auto_pad is '\(autoPad)'") }
        groups = try node.int("group") ?? 1
        guard groups >= 1 else { throw node.malformed("group is \(groups)") }
    }

    private static func ints(_ node: NodeDescription, _ key: String, _ low: Int) throws(GraphError) -> [Int]? {
        guard let values = try node.ints(key) else { return nil }
        for value in values where value < low || value > attributeLimit {
            throw node.malformed("\(key) holds \(value), which is not in \(low)...\(attributeLimit)")
        }
        return values
    }

    package func fused(with epilogue: Epilogue) -> (any Operator)? {
        guard self.epilogue == .identity else { return nil }
        var fused = self
        fused.epilogue = epilogue
        return fused
    }

    /// Whether the windows of neighbouring elements lie side by side without gap or overlap.
    func hasAdjoiningWindows(kernel: [Int]) -> Bool {
        (strides ?? [1, 1]) == kernel && (self.kernel ?? kernel) == kernel && (dilations ?? []).allSatisfy { $0 == 1 }
            && (pads ?? []).allSatisfy { $0 == 0 } && (outputPadding ?? []).allSatisfy { $0 == 0 }
            && outputShape == nil && (autoPad == "NOTSET" || autoPad == "VALID")
    }

    /// The window that slides over the output and meets the input's elements.
    private func geometry(input: [Int], kernel: [Int]) throws(GraphError) -> WindowGeometry {
        let rank = input.count
        guard rank <= 3 else { throw node.unsupported("\(rank) spatial axes") }
        let lists = [strides, dilations, outputPadding].compactMap { $0 }
        let isFull = outputShape.map { $0.count == rank || $0.count == rank + 2 } ?? true
        guard lists.allSatisfy({ $0.count == rank }), (pads?.count ?? 2 * rank) == 2 * rank, isFull,
            self.kernel == nil || self.kernel == kernel,
            kernel.allSatisfy({ 1...Self.attributeLimit ~= $0 }), input.allSatisfy({ 0...(1 << 32) ~= $0 })
        else { throw node.mismatch("attributes do not fit \(rank) spatial axes and kernel \(kernel)") }
        let wanted = outputShape.map { Array($0.suffix(rank)) }
        var geometry = WindowGeometry(rank: rank)
        for axis in 0..<rank {
            let stride = strides?[axis] ?? 1
            let dilation = dilations?[axis] ?? 1
            let reach = (kernel[axis] - 1) * dilation + 1
            let full = stride * max(0, input[axis] - 1) + (outputPadding?[axis] ?? 0) + reach
            var before = pads?[axis] ?? 0
            let output: Int
            if let wanted {
                output = wanted[axis]
                before = Self.begin(full - output, isUpper: autoPad == "SAME_UPPER")
            } else if autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER" {
                output = input[axis] * stride
                before = Self.begin(full - output, isUpper: autoPad == "SAME_UPPER")
            } else {
                if autoPad == "VALID" { before = 0 }
                output = full - before - (autoPad == "VALID" ? 0 : pads?[axis + rank] ?? 0)
            }
            geometry.set(
                axis: axis, input: output, output: input[axis], kernel: kernel[axis], stride: stride,
                dilation: dilation,
                before: before, after: 0)
        }
        return geometry
    }

    /// The padding before the first element when `total` is to be shared: the odd one goes last for SAME_UPPER.
    private static func begin(_ total: Int, isUpper: Bool) -> Int {
        let total = max(0, total)
        return isUpper ? total / 2 : total - total / 2
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let x = inputs[0]?.type, let w = inputs[1]?.type else {
            throw node.malformed("x and weights are required")
        }
        guard x.dataType == w.dataType, x.dataType == .float32 || (x.dataType.isFloatingPoint && epilogue == .identity)
        else {
            throw node.unsupported("\(x.dataType) with weights of \(w.dataType)")
        }
        guard let dimensions = x.dimensions, let filter = w.dimensions else { return [ValueType(x.dataType, nil)] }
        guard dimensions.count >= 3, filter.count == dimensions.count else {
            throw node.mismatch("x of rank \(dimensions.count) with weights of rank \(filter.count)")
        }
        let channels: Dimension =
            filter[1].fixedExtent.map { .fixed($0.multipliedReportingOverflow(by: groups).partialValue) } ?? .unknown
        var spatial = [Dimension](repeating: .unknown, count: dimensions.count - 2)
        let extents = dimensions[2...].compactMap(\.fixedExtent)
        let kernel = filter[2...].compactMap(\.fixedExtent)
        if extents.count == spatial.count, kernel.count == spatial.count {
            let geometry = try geometry(input: extents, kernel: kernel)
            guard geometry.input.allSatisfy({ $0 >= 0 }) else { throw node.mismatch("output \(geometry.input)") }
            spatial = geometry.input.map { .fixed($0) }
        }
        return [try SlidingWindow.checkedType(x.dataType, [dimensions[0], channels] + spatial, node)]
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard let x = inputs[0]?.fixedShape, let w = inputs[1]?.fixedShape, x.rank >= 3, w.rank == x.rank else {
            return 0
        }
        guard let columns = Shape.checkedElementCount(of: w.dimensions[1...] + x.dimensions[2...]), columns < 1 << 40,
            x.elementCount < 1 << 40
        else { return Int.max / 2 }
        return place(x, w, parallelism).end
    }

    /// Offsets in the workspace: scratch of the product at 0, then the packed input, then the columns.
    private func place(_ x: Shape, _ w: Shape, _ threads: Int) -> (packed: Int, columns: Int, end: Int) {
        let positions = x.dimensions[2...].reduce(1, *), rows = w.dimensions[1...].reduce(1, *)
        let depth = w[0] / groups
        let packed = PackedRight.scratchByteCount(rows: rows, k: depth, threads: threads)
        let columns = packed + PackedRight.byteCount(k: depth, n: positions)
        return (packed, columns, columns + rows * positions * MemoryLayout<Float>.stride)
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let w = context.input(1)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        guard x.shape.rank >= 3, w.shape.rank == x.shape.rank, x.shape[1] == w.shape[0], w.shape[0] % groups == 0 else {
            throw node.mismatch("x \(x.shape), weights \(w.shape), \(groups) groups")
        }
        let geometry = try geometry(input: Array(x.shape.dimensions[2...]), kernel: Array(w.shape.dimensions[2...]))
        let (channels, overflow) = w.shape[1].multipliedReportingOverflow(by: groups)
        guard !overflow, geometry.input.allSatisfy({ $0 >= 0 }) else { throw node.mismatch("output \(geometry.input)") }
        let bias = context.optionalInput(2)
        guard bias == nil || (bias?.shape == [channels] && bias?.dataType == x.dataType) else {
            throw node.mismatch("bias of shape \(bias?.shape ?? []) for \(channels) channels")
        }
        let shape = try SlidingWindow.checkedShape([x.shape[0], channels] + geometry.input, node)
        if x.dataType == .float64 {
            return foldDoubles(x, w, bias, context.output(0, .float64, shape), geometry)
        }
        let y = context.output(0, .float32, shape).mutableElements(as: Float.self)
        y.update(repeating: 0)
        guard let output = y.baseAddress, let input = x.elements(as: Float.self).baseAddress,
            let weights = w.elements(as: Float.self).baseAddress, let scratch = context.workspace.baseAddress,
            shape.elementCount > 0
        else { return }
        let place = place(x.shape, w.shape, context.parallelism.width)
        let columns = (scratch + place.columns).assumingMemoryBound(to: Float.self)
        let window = geometry.window
        let (depth, rows) = (w.shape[0] / groups, w.shape[1] * geometry.kernelCount)
        let (positions, plane) = (geometry.outputCount, geometry.inputCount)
        for image in 0..<x.shape[0] {
            for group in 0..<groups {
                let firstInput = (image * groups + group) * depth
                let left = weights + group * depth * rows, right = input + firstInput * positions
                if node.numerics == .fast {
                    BLAS.gemm(
                        transposeA: true, m: rows, n: positions, k: depth, a: left, lda: rows, b: right,
                        ldb: positions, c: columns, ldc: positions)
                } else {
                    PackedRight(right, k: depth, n: positions, isTransposed: false, in: scratch + place.packed)
                        .multiply(
                            PackedRight.Left(elements: left, stride: rows, isTransposed: true), rows: rows,
                            to: columns, scratch: scratch, context.parallelism)
                }
                let target = output + (image * channels + group * w.shape[1]) * plane
                withUnsafePointer(to: window) { ck_f32_col2im($0, columns, w.shape[1], target) }
            }
            for channel in 0..<channels {
                epilogue.apply(
                    output + (image * channels + channel) * plane, plane,
                    bias: bias.map { $0.elements(as: Float.self)[channel] })
            }
        }
    }

    /// The definition, in float64: each input element adds the kernel, times itself, where its window lies.
    private func foldDoubles(_ x: Tensor, _ w: Tensor, _ bias: Tensor?, _ y: Tensor, _ geometry: WindowGeometry) {
        let depth = w.shape[0] / groups, rows = w.shape[1]
        let (positions, plane, taps) = (geometry.outputCount, geometry.inputCount, geometry.kernelCount)
        let (input, weights, output) = (x.pointer(Double.self), w.pointer(Double.self), y.pointer(Double.self))
        for index in 0..<y.shape[0] * y.shape[1] {
            let start = bias.map { $0.pointer(Double.self)[index % y.shape[1]] } ?? 0
            (output + index * plane).update(repeating: start, count: plane)
        }
        geometry.forEachTap { position, tap, element in
            for image in 0..<x.shape[0] {
                for channel in 0..<w.shape[0] {
                    let value = input[(image * w.shape[0] + channel) * positions + position]
                    for row in 0..<rows {
                        let target = (image * groups + channel / depth) * rows + row
                        output[target * plane + element] += value * weights[(channel * rows + row) * taps + tap]
                    }
                }
            }
        }
    }
}
