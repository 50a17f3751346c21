internal import CKernels
package import Graph
package import Tensors

/// Mean of each channel of levels, rounded to levels of the output's scale. x: uint8 [N, C, H, W] or in blocks.
package struct QuantizedGlobalAveragePool: LevelTableFusable, BlockedForm {
    package static let opType = "QuantizedGlobalAveragePool"
    package static let domain = "fovea"
    private let node: NodeDescription
    private let input, output: LevelScale
    private var table: Tensor?
    private var isBlocked = false

    /// A rewrite makes it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a pool of levels is not part of a model")
    }

    package init(_ node: NodeDescription, input: LevelScale, output: LevelScale) {
        self.node = node
        (self.input, self.output) = (input, output)
    }

    package func fused(table: Tensor) -> (any Operator)? {
        guard self.table == nil else { return nil }
        var fused = self
        fused.table = table
        return fused
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let dimensions = inputs[0]?.type.dimensions, dimensions.count == (isBlocked ? 5 : 4)
        else {
            throw node.mismatch("x has no pixels")
        }
        return [ValueType(.uint8, dimensions[..<2] + [.fixed(1), .fixed(1)] + dimensions[4...])]
    }

    package func blocked(_ inputs: [ValueFact?], isBlocked: [Bool]) throws(GraphError) -> BlockedNode? {
        guard let channels = BlockedLayout.channels(inputs[0], of: .uint8) else { return nil }
        var blocked = self
        blocked.isBlocked = true
        return BlockedNode(op: blocked, inputs: [.blocked(0)], channels: channels)
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.shape.rank == (isBlocked ? 5 : 4) else { throw node.mismatch("x is \(x)") }
        let pixels = x.shape[2] * x.shape[3]
        guard pixels < 1 << 23 else { throw node.unsupported("a pool over \(pixels) pixels") }
        let y = context.output(
            0, .uint8, Shape([x.shape[0], x.shape[1], 1, 1] + x.shape.dimensions[4...]))
        let unit = Float(Double(input.scale) / Double(output.scale) / Double(max(1, pixels)))
        let offset = Int32(pixels) * input.zero
        let (zero, lanes) = (output.zero, isBlocked ? BlockedLayout.lanes : 1)
        context.spread(x.shape[0] * x.shape[1], cost: pixels * lanes / 8) { range in
            for block in range {
                let source = x.pointer(UInt8.self) + block * pixels * lanes
                var sums = [Int32](repeating: 0, count: lanes)
                if lanes > 1 {
                    ck_u8_block_sum(source, pixels, &sums)
                } else {
                    for pixel in 0..<pixels { sums[0] += Int32(source[pixel]) }
                }
                for lane in 0..<lanes {
                    let level = (Float(sums[lane] - offset) * unit).rounded(.toNearestOrEven) + Float(zero)
                    let bounded = UInt8(min(max(level, 0), 255))
                    y.pointer(UInt8.self)[block * lanes + lane] =
                        table?.pointer(UInt8.self)[Int(bounded)] ?? bounded
                }
            }
        }
    }
}

/// Maximum over a sliding window of levels in blocks. x: uint8 [N, ⌈C / 16⌉, H, W, 16].
package struct QuantizedBlockedMaxPool: Operator {
    package static let opType = "QuantizedMaxPool"
    package static let domain = "fovea"
    private let node: NodeDescription
    private let sliding: SlidingWindow
    private let kernel: [Int]
    private static let bandBytes = 20 * 1024

    /// ``MaxPool`` makes it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("a blocked pool is not part of a model")
    }

    init(_ sliding: SlidingWindow, kernel: [Int]) {
        node = sliding.node
        self.sliding = sliding
        self.kernel = kernel
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let dimensions = inputs[0]?.type.dimensions, dimensions.count == 5 else {
            throw node.mismatch("x is not in blocks")
        }
        let spatial = try sliding.outputDimensions(Array(dimensions[2..<4]), kernel: kernel)
        return [
            try SlidingWindow.checkedType(.uint8, dimensions[..<2] + spatial + [dimensions[4]], node)
        ]
    }

    /// Rows of output that a band has.
    private func rows(_ geometry: WindowGeometry) -> Int {
        let layout = QuantizedWindow(geometry.window, isPlanar: false, fill: 0)
        return min(geometry.output[0], max(1, Self.bandBytes / max(1, layout.rowStep)))
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard let x = inputs[0]?.fixedShape, x.rank == 5,
            let geometry = try? sliding.geometry(input: [x[2], x[3]], kernel: kernel)
        else { return 0 }
        return QuantizedWindow(geometry.window, isPlanar: false, fill: 0).channelStep(
            rows: max(1, rows(geometry)))
            * parallelism
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard x.shape.rank == 5, x.dataType == .uint8 else { throw node.mismatch("x is \(x)") }
        let geometry = try sliding.geometry(input: [x.shape[2], x.shape[3]], kernel: kernel)
        let y = context.output(
            0, .uint8,
            try SlidingWindow.checkedShape(
                [x.shape[0], x.shape[1]] + geometry.output + [BlockedLayout.lanes], node))
        guard y.elementCount > 0, let base = context.workspace.baseAddress else { return }
        let layout = QuantizedWindow(geometry.window, isPlanar: false, fill: 0)
        let (rows, taps, blocks) = (rows(geometry), layout.taps, x.shape[0] * x.shape[1])
        let (height, width) = (geometry.output[0], geometry.output[1])
        let room = layout.channelStep(rows: rows)
        let workspace = PoolWorkspace(base: base.assumingMemoryBound(to: UInt8.self))
        let isLarge = y.elementCount * taps.count >= 1 << 21
        let threads = isLarge ? min(context.parallelism.width, blocks) : 1
        context.parallelism.run(count: threads) { thread in
            let scratch = workspace.base + thread * room
            for block in blocks * thread / threads..<blocks * (thread + 1) / threads {
                for first in stride(from: 0, to: height, by: rows) {
                    let count = min(rows, height - first)
                    layout.gather(
                        x.pointer(UInt8.self) + block * geometry.inputCount * 16, count: 1, first: first,
                        rows: count,
                        into: scratch)
                    var run = ck_u8_block_conv()
                    run.x = UnsafePointer(scratch)
                    (run.rows, run.width, run.row_step) = (count, width, layout.rowStep)
                    run.y = y.pointer(UInt8.self) + (block * height + first) * width * 16
                    run.tap_count = taps.count
                    taps.withUnsafeBufferPointer {
                        run.taps = $0.baseAddress
                        ck_u8_block_max(&run)
                    }
                }
            }
        }
    }
}

private struct PoolWorkspace: @unchecked Sendable {
    let base: UnsafeMutablePointer<UInt8>
}
