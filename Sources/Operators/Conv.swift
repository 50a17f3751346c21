internal import CKernels
package import Graph
package import Tensors

/// Convolution over one, two or three spatial axes, with groups, strides, dilation and padding.
///
/// x: [N, C, …], weights: [M, C / groups, …], bias: [M], output: [N, M, …]. Float32. Depthwise layers run
/// ``DepthwiseConv``; all others are matrix products on windows unfolded block by block (Chellapilla et al. 2006), 1 × 1
/// layers on the input as it lies. Each output element is one sum in one order, however the output is cut into blocks,
/// so that the number of threads changes no bit.
package struct Conv: EpilogueFusable {
    package static let opType = "Conv"

    private let node: NodeDescription
    let sliding: SlidingWindow
    let groups: Int
    private var weights: Tensor?
    var constantWeights: Tensor? { weights }
    private var packed: PackedWeights?
    private var bias: Tensor?
    package private(set) var epilogue = Epilogue.identity

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        sliding = try SlidingWindow(node)
        groups = try node.int("group") ?? 1
        guard groups >= 1 else { throw node.malformed("group is \(groups)") }
    }

    package func fused(with epilogue: Epilogue) -> (any Operator)? {
        guard self.epilogue == .identity else { return nil }
        var fused = self
        fused.epilogue = epilogue
        return fused
    }

    package func prepared(constants: [Tensor?]) throws(GraphError) -> (operator: any Operator, consumed: Set<Int>) {
        guard constants.count >= 2, let given = constants[1] else { return (self, []) }
        var prepared = self
        // Weights stored as halves are computed in float32.
        let weights = given.dataType.isHalf ? try given.converted(to: .float32, node: node) : given
        prepared.weights = weights
        prepared.packed = packed(weights)
        guard constants.count >= 3, let bias = constants[2] else { return (prepared, [1]) }
        prepared.bias = bias.dataType.isHalf ? try bias.converted(to: .float32, node: node) : bias
        return (prepared, [1, 2])
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
        let spatial = try sliding.outputDimensions(Array(dimensions[2...]), kernel: filter[2...].map(\.fixedExtent))
        return [try SlidingWindow.checkedType(x.dataType, [dimensions[0], filter[0]] + spatial, node)]
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard let x = inputs[0]?.fixedShape, let w = inputs[1]?.fixedShape, let layer = try? layer(x, w) else {
            return 0
        }
        if layer.isDepthwise { return DepthwiseConv(layer).workspaceByteCount * parallelism }
        return layer.workspaceByteCount(threads: parallelism) * parallelism
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        let w = weights ?? context.input(1)
        let b = bias ?? context.optionalInput(2)
        let layer = try layer(x.shape, w.shape)
        if x.dataType == .float64 { return try DoubleConv(layer, node).run(x, w, b, context) }
        guard b == nil || (b?.shape == [layer.outputChannels] && b?.dataType == .float32) else {
            throw node.mismatch("bias of shape \(b?.shape ?? []) for \(layer.outputChannels) channels")
        }
        let y = context.output(0, .float32, Shape([layer.batch, layer.outputChannels] + layer.geometry.output))
        guard y.elementCount > 0 else { return }
        let job = ConvJob(
            x: x.elements(), weights: w.elements(), bias: b?.elements().baseAddress, y: y.mutableElements(),
            workspace: context.workspace, epilogue: epilogue)
        if layer.isDepthwise {
            DepthwiseConv(layer).run(job, context.parallelism)
        } else {
            layer.run(job, packed ?? PackedWeights(w, groups: groups), context.parallelism)
        }
    }

    /// Constant weights in the kernel's order; `nil` for those of depthwise layers, which are read as they are, and for
    /// weights that fit no input, which is told when one comes.
    private func packed(_ weights: Tensor) -> PackedWeights? {
        guard weights.dataType == .float32, weights.shape.rank >= 3, weights.elementCount > 0,
            weights.shape[0] % groups == 0, groups == 1 || weights.shape[1] > 1 || weights.shape.rank > 4
        else { return nil }
        return PackedWeights(weights, groups: groups)
    }

    private func layer(_ x: Shape, _ w: Shape) throws(GraphError) -> ConvLayer {
        guard x.rank >= 3, w.rank == x.rank, w[0] % groups == 0, x[1] == w[1] * groups, w[0] > 0,
            sliding.kernel == nil || sliding.kernel == Array(w.dimensions[2...])
        else {
            throw node.mismatch("x \(x), weights \(w), \(groups) groups, kernel \(sliding.kernel ?? [])")
        }
        let geometry = try sliding.geometry(input: Array(x.dimensions[2...]), kernel: Array(w.dimensions[2...]))
        _ = try SlidingWindow.checkedShape([x[0], w[0]] + geometry.output, node)
        return ConvLayer(
            geometry: geometry, batch: x[0], groups: groups, groupInputs: w[1], outputChannels: w[0])
    }
}

/// What one run of a convolution reads and writes.
struct ConvJob: @unchecked Sendable {
    let x: UnsafeBufferPointer<Float>
    let weights: UnsafeBufferPointer<Float>
    let bias: UnsafePointer<Float>?
    let y: UnsafeMutableBufferPointer<Float>
    let workspace: UnsafeMutableRawBufferPointer
    let epilogue: Epilogue
}
