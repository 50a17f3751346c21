internal import CKernels
package import Graph
internal import Tensors

/// Transposed convolution: the gradient of ``Conv`` with respect to its input.
///
/// x: [N, C, …], weights: [C, M / groups, …], bias: [M], output: [N, M, …]. Float32. Each group is one matrix product
/// columns[M / groups · kernel, positions] = weightsᵀ · x, folded back onto the output.
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
        guard x.dataType == .float32, w.dataType == .float32 else {
            throw node.unsupported("\(x.dataType) with weights of \(w.dataType)")
        }
        guard let dimensions = x.dimensions, let filter = w.dimensions else { return [ValueType(.float32, nil)] }
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
        return [try SlidingWindow.checkedType(.float32, [dimensions[0], channels] + spatial, node)]
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard let x = inputs[0]?.fixedShape, let w = inputs[1]?.fixedShape, x.rank >= 3, w.rank == x.rank else {
            return 0
        }
        let columns = Shape.checkedElementCount(of: w.dimensions[1...] + x.dimensions[2...]) ?? 0
        return columns < 1 << 40 ? columns * MemoryLayout<Float>.stride : Int.max / 2
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let w = context.input(1)
        guard x.shape.rank >= 3, w.shape.rank == x.shape.rank, x.shape[1] == w.shape[0], w.shape[0] % groups == 0 else {
            throw node.mismatch("x \(x.shape), weights \(w.shape), \(groups) groups")
        }
        let geometry = try geometry(input: Array(x.shape.dimensions[2...]), kernel: Array(w.shape.dimensions[2...]))
        let (channels, overflow) = w.shape[1].multipliedReportingOverflow(by: groups)
        guard !overflow, geometry.input.allSatisfy({ $0 >= 0 }) else { throw node.mismatch("output \(geometry.input)") }
        let bias = context.optionalInput(2)
        guard bias == nil || (bias?.shape == [channels] && bias?.dataType == .float32) else {
            throw node.mismatch("bias of shape \(bias?.shape ?? []) for \(channels) channels")
        }
        let shape = try SlidingWindow.checkedShape([x.shape[0], channels] + geometry.input, node)
        let y = context.output(0, .float32, shape).mutableElements(as: Float.self)
        y.update(repeating: 0)
        guard let output = y.baseAddress, let input = x.elements(as: Float.self).baseAddress,
            let weights = w.elements(as: Float.self).baseAddress, let scratch = context.workspace.baseAddress,
            shape.elementCount > 0
        else { return }
        let columns = scratch.assumingMemoryBound(to: Float.self)
        let window = geometry.window
        let (depth, rows) = (w.shape[0] / groups, w.shape[1] * geometry.kernelCount)
        let (positions, plane) = (geometry.outputCount, geometry.inputCount)
        for image in 0..<x.shape[0] {
            for group in 0..<groups {
                let firstInput = (image * groups + group) * depth
                BLAS.gemm(
                    transposeA: true, m: rows, n: positions, k: depth, a: weights + group * depth * rows, lda: rows,
                    b: input + firstInput * positions, ldb: positions, c: columns, ldc: positions)
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
}
