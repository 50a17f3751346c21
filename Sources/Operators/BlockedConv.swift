internal import CKernels
package import Graph
package import Tensors

/// Convolution over two axes on blocked layout, with constant weights, bias, an optional residual and an activation.
///
/// x: [N, ⌈C / 16⌉, H, W, 16], or [N, C, H, W] for the few channels of a picture; residual, output:
/// [N, ⌈M / 16⌉, H', W', 16]. Each output element is one sum in one order, whatever bands and threads: the same bits.
package struct BlockedConv: EpilogueFusable, ResidualFusable, HalfStoring, MultiplyAddCounting, WeightPacking {
    package static let opType = "BlockedConv"
    package static let domain = "fovea"

    private let node: NodeDescription
    private let sliding: SlidingWindow
    private let kernel: [Int]
    private let groups: Int
    private let groupInputs, outputs: Int
    private let isPlanar: Bool
    private let kind: Kind
    private var weights: PackableWeights<Weights>
    package var epilogue: Epilogue

    private enum Kind { case direct, winograd, bfloat16 }

    private enum Weights {
        case direct(BlockedWeights)
        case winograd(WinogradWeights)
        case bfloat16(BFloat16Weights)
    }
    package var residual: ResidualOrder?
    private var outputType = DataType.float32

    /// A blocked convolution has weights: ``Conv`` makes it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a blocked convolution is not part of a model")
    }

    /// - Parameter isPlanar: x comes as planes.
    init(
        _ sliding: SlidingWindow, weights: Tensor, bias: Tensor?, groups: Int, epilogue: Epilogue, isPlanar: Bool
    ) {
        node = sliding.node
        self.sliding = sliding
        self.groups = groups
        self.epilogue = epilogue
        self.isPlanar = isPlanar
        kernel = Array(weights.shape.dimensions[2...])
        (groupInputs, outputs) = (weights.shape[1], weights.shape[0])
        let probe = try? sliding.geometry(input: [64, 64], kernel: kernel)
        if node.precision == .bf16 {
            kind = .bfloat16
        } else if let probe, groups == 1, !isPlanar,
            WinogradLayer.isSuitable(
                channels: groupInputs, outputs: outputs, kernel: kernel, stride: probe.stride,
                dilation: probe.dilation)
        {
            kind = .winograd
        } else {
            kind = .direct
        }
        self.weights = .given { [kind] in
            switch kind {
            case .bfloat16: .bfloat16(BFloat16Weights(weights, bias: bias, groups: groups))
            case .winograd: .winograd(WinogradWeights(weights, bias: bias))
            case .direct:
                .direct(
                    BlockedWeights(weights, bias: bias, groups: groups, lanes: isPlanar ? 1 : BlockedLayout.lanes))
            }
        }
    }

    package func packed() -> any Operator {
        var packed = self
        packed.weights = .packed(weights.value)
        return packed
    }

    private var isHalf: Bool { kind == .bfloat16 }

    package func readsHalf(_ slot: Int) -> Bool { isHalf && !(slot == 0 && isPlanar) }

    package func storingHalf() -> (any Operator)? {
        guard isHalf else { return nil }
        var storing = self
        storing.outputType = .bfloat16
        return storing
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let x = inputs[0]?.type, let dimensions = x.dimensions, dimensions.count == (isPlanar ? 4 : 5) else {
            throw node.mismatch("x is not laid out as the convolution expects")
        }
        let spatial = try sliding.outputDimensions(Array(dimensions[2..<4]), kernel: kernel)
        _ = try SlidingWindow.checkedType(.float32, [dimensions[0], .fixed(outputs)] + spatial, node)
        return [
            ValueType(
                outputType,
                [dimensions[0], .fixed(BlockedLayout.blocks(outputs))] + spatial + [.fixed(BlockedLayout.lanes)])
        ]
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard let x = inputs[0]?.fixedShape, let geometry = try? geometry(x) else { return 0 }
        let bytes =
            switch kind {
            case .direct: layer(x, geometry).workspaceByteCount(threads: parallelism)
            case .winograd: winogradLayer(x, geometry).workspaceByteCount(threads: parallelism)
            case .bfloat16: bfloat16Layer(x, geometry).workspaceByteCount(threads: parallelism)
            }
        return bytes * parallelism
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let geometry = try geometry(x.shape)
        let y = context.output(
            0, outputType,
            Shape([x.shape[0], BlockedLayout.blocks(outputs)] + geometry.output + [BlockedLayout.lanes]))
        guard y.elementCount > 0 else { return }
        let added = residual == nil ? nil : context.input(1)
        guard added?.shape ?? y.shape == y.shape else { throw node.mismatch("residual of another shape") }
        for tensor in [x, added] {
            guard let type = tensor?.dataType, type == .float32 || (isHalf && type == .bfloat16) else {
                if tensor == nil { continue }
                throw node.mismatch("\(tensor?.dataType ?? .float32) for a convolution of float32")
            }
        }
        let job = BlockedConvJob(
            x: StoredValues(x), residual: added.map { StoredValues($0) }, y: StoredValues(y),
            workspace: context.workspace.baseAddress,
            finish: epilogue.finish(addsLast: residual == .afterActivation))
        switch weights.value {
        case .direct(let weights): layer(x.shape, geometry).run(job, weights, context.parallelism)
        case .winograd(let weights): winogradLayer(x.shape, geometry).run(job, weights, context.parallelism)
        case .bfloat16(let weights): bfloat16Layer(x.shape, geometry).run(job, weights, context.parallelism)
        }
    }

    package func multiplyAdds(_ inputs: [Shape?], output: Shape) -> Int {
        output.rank == 5 ? output[0] * output[2] * output[3] * outputs * groupInputs * kernel.reduce(1, *) : 0
    }

    private func geometry(_ x: Shape) throws(GraphError) -> WindowGeometry {
        let channels = groupInputs * groups
        guard x.rank == (isPlanar ? 4 : 5), x[1] == (isPlanar ? channels : BlockedLayout.blocks(channels)) else {
            throw node.mismatch("x \(x) for \(channels) channels")
        }
        let geometry = try sliding.geometry(input: [x[2], x[3]], kernel: kernel)
        _ = try SlidingWindow.checkedShape([x[0], outputs] + geometry.output, node)
        return geometry
    }

    private func layer(_ x: Shape, _ geometry: WindowGeometry) -> BlockedConvLayer {
        BlockedConvLayer(
            geometry: geometry, batch: x[0], groups: groups, groupInputs: groupInputs, outputs: outputs,
            isPlanar: isPlanar)
    }

    private func bfloat16Layer(_ x: Shape, _ geometry: WindowGeometry) -> BFloat16ConvLayer {
        BFloat16ConvLayer(
            geometry: geometry, batch: x[0], groups: groups, groupInputs: groupInputs, outputs: outputs,
            isPlanar: isPlanar)
    }

    private func winogradLayer(_ x: Shape, _ geometry: WindowGeometry) -> WinogradLayer {
        WinogradLayer(geometry: geometry, batch: x[0], channels: groupInputs, outputs: outputs)
    }
}
