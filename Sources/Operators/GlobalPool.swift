internal import CKernels
package import Graph
internal import Tensors

/// The type of a global pool: x with every spatial extent 1.
private func globalType(_ inputs: [ValueFact?], _ node: NodeDescription) throws(GraphError) -> [ValueType] {
    guard let x = inputs[0]?.type else { throw node.malformed("x is required") }
    guard x.dataType.isFloatingPoint else { throw node.unsupported("\(x.dataType)") }
    guard let dimensions = x.dimensions else { return [x] }
    guard dimensions.count >= 2 else { throw node.mismatch("x of rank \(dimensions.count)") }
    return [ValueType(x.dataType, dimensions[..<2] + dimensions[2...].map { _ in .fixed(1) })]
}

/// Reduces each plane of x: [N, C, …] to one element.
private func reducePlanes(
    _ context: RunContext, _ node: NodeDescription, _ reduce: (UnsafeBufferPointer<Float>) -> Float,
    doubles: (UnsafeBufferPointer<Double>) -> Double
) throws(GraphError) {
    let x = context.input(0)
    guard x.shape.rank >= 2 else { throw node.mismatch("x is \(x)") }
    if x.dataType == .float64 {
        try reducePlanes(x, context, doubles)
    } else {
        // 16-bit floats are computed in float32.
        let wide = try x.converted(to: .float32, node: node)
        if wide.dataType == x.dataType { return try reducePlanes(x, context, reduce) }
        let inner = RunContext(inputs: [wide], outputs: [nil])
        try reducePlanes(wide, inner, reduce)
        guard let y = inner.outputs[0] else { return }
        context.setOutput(0, try y.converted(to: x.dataType, node: node))
    }
}

private func reducePlanes<T: TensorElement>(
    _ x: Tensor, _ context: RunContext, _ reduce: (UnsafeBufferPointer<T>) -> T
) throws(GraphError) {
    let spatial = x.shape.dimensions[2...]
    let y = context.output(0, x.dataType, Shape(x.shape.dimensions[..<2] + spatial.map { _ in 1 }))
    let plane = spatial.reduce(1, *)
    let input = x.elements(as: T.self)
    let output = y.mutableElements(as: T.self)
    for index in output.indices {
        output[index] = reduce(UnsafeBufferPointer(rebasing: input[index * plane..<(index + 1) * plane]))
    }
}

/// Mean of each plane. x: [N, C, …] → [N, C, 1, …]. Any float type.
package struct GlobalAveragePool: Operator {
    package static let opType = "GlobalAveragePool"
    let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) { self.node = node }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] { try globalType(inputs, node) }

    package func run(_ context: RunContext) throws(GraphError) {
        try reducePlanes(context, node) { plane in
            ck_f32_reduce(.sum, plane.baseAddress, plane.count, 0) / Float(plane.count)
        } doubles: { plane in
            plane.reduce(0, +) / Double(plane.count)
        }
    }
}

/// Maximum of each plane. x: [N, C, …] → [N, C, 1, …]. Any float type.
package struct GlobalMaxPool: Operator {
    package static let opType = "GlobalMaxPool"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) { self.node = node }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] { try globalType(inputs, node) }

    package func run(_ context: RunContext) throws(GraphError) {
        try reducePlanes(context, node) {
            ck_f32_reduce(.max, $0.baseAddress, $0.count, 0)
        } doubles: {
            $0.reduce(-.infinity) { $0 > $1 || $0.isNaN ? $0 : $1 }
        }
    }
}

/// p-norm of each plane. x: [N, C, …] → [N, C, 1, …]. Any float type.
package struct GlobalLpPool: Operator {
    package static let opType = "GlobalLpPool"
    /// Opset 1 gave p as a float.
    package static let opsets = 2...Int.max
    private let node: NodeDescription
    private let p: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        p = try node.int("p") ?? 2
        guard p >= 1 else { throw node.malformed("p is \(p)") }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] { try globalType(inputs, node) }

    package func run(_ context: RunContext) throws(GraphError) {
        try reducePlanes(context, node) {
            norm($0, p)
        } doubles: {
            norm($0, p)
        }
    }
}
