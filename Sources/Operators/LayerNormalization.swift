internal import CKernels
package import Graph
internal import Tensors

/// ONNX `LayerNormalization`: (x − mean) / √(variance + ε) · scale + bias, with statistics over the axes from `axis` on.
/// Outputs: y, and in float32 mean and 1/√(variance + ε). 16-bit floats are computed in float32.
package struct LayerNormalization: Operator {
    package static let opType = "LayerNormalization"
    private let node: NodeDescription
    private let axis: Int
    private let epsilon: Float

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...3, outputs: 1...3)
        self.node = node
        axis = try node.int("axis") ?? -1
        epsilon = try node.float("epsilon") ?? 1e-5
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let type = try node.fact(inputs, 0).type
        var reduced: [Dimension]?
        if let dimensions = type.dimensions {
            let axis = try node.axis(axis, rank: dimensions.count)
            reduced = dimensions[..<axis] + Array(repeating: .fixed(1), count: dimensions.count - axis)
        }
        let all = [type, ValueType(.float32, reduced), ValueType(.float32, reduced)]
        return Array(all[..<node.hasOutput.count])
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf {
            var wide: [Tensor?] = []
            for input in context.inputs {
                wide.append(try input.map { input throws(GraphError) in try input.converted(to: .float32, node: node) })
            }
            let inner = RunContext(
                inputs: wide, outputs: [nil] + context.outputs.dropFirst(), parallelism: context.parallelism)
            try run(inner)
            try inner.outputs[0]?.convert(into: context.output(0, x.dataType, x.shape), node: node)
            for index in 1..<max(1, node.hasOutput.count) { context.outputs[index] = inner.outputs[index] }
            return
        }
        guard x.dataType.isFloatingPoint else { throw node.mismatch("does not take \(x.dataType)") }
        let extents = x.shape.dimensions
        let axis = try node.axis(axis, rank: extents.count)
        let rows = extents[..<axis].reduce(1, *), count = extents[axis...].reduce(1, *)
        let inner = Shape(Array(extents[axis...]))
        let scale = try broadcast(context.input(1), x.dataType, to: inner)
        let bias = try context.optionalInput(2).map { input throws(GraphError) in
            try broadcast(input, x.dataType, to: inner)
        }
        let y = context.output(0, x.dataType, x.shape)
        let reduced = Shape(extents[..<axis] + Array(repeating: 1, count: extents.count - axis))
        let mean = node.hasOutput(1) ? context.output(1, .float32, reduced) : nil
        let deviation = node.hasOutput(2) ? context.output(2, .float32, reduced) : nil
        let epsilon = epsilon
        if x.dataType == .float64 {
            for row in 0..<rows {
                let target = y.pointer(Double.self) + row * count
                let (center, factor) = standardize(
                    x.pointer(Double.self) + row * count, target, count, epsilon: Double(epsilon))
                for i in 0..<count {
                    target[i] = target[i] * scale.pointer(Double.self)[i] + (bias?.pointer(Double.self)[i] ?? 0)
                }
                mean?.pointer(Float.self)[row] = Float(center)
                deviation?.pointer(Float.self)[row] = Float(factor)
            }
            return
        }
        context.spread(rows, cost: 4 * count) { range in
            for row in range {
                let target = y.pointer(Float.self) + row * count
                let (center, factor) = standardize(
                    x.pointer(Float.self) + row * count, target, count, epsilon: epsilon)
                ck_f32_zip(.mul, target, 1, scale.pointer(), 1, target, count)
                if let bias { ck_f32_zip(.add, target, 1, bias.pointer(), 1, target, count) }
                mean?.pointer(Float.self)[row] = center
                deviation?.pointer(Float.self)[row] = factor
            }
        }
    }

    private func broadcast(_ tensor: Tensor, _ type: DataType, to shape: Shape) throws(GraphError) -> Tensor {
        try node.sameType(tensor.dataType, type)
        if tensor.elementCount == shape.elementCount { return tensor }
        let plan = try BroadcastPlan([tensor.shape, shape], node: node)
        guard plan.shape.elementCount == shape.elementCount else {
            throw node.mismatch("a scale or bias of \(tensor.shape) for \(shape)")
        }
        let result = Tensor(dataType: type, shape: plan.shape, zeroed: false)
        plan.forEachRun(in: 0..<plan.runs) { at, from in
            StridedCopy(extents: [plan.run], sourceStrides: [plan.runStrides[0]], targetStrides: [1])
                .run(type, from: tensor, at: from[0], to: result, at: at)
        }
        return result
    }
}

/// Writes (x − mean) / √(variance + ε) of one dense run; returns the mean and the factor.
@discardableResult
func standardize(
    _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, epsilon: Float
) -> (mean: Float, factor: Float) {
    let mean = ck_f32_reduce(.sum, x, count, 0) / Float(count)
    let variance = ck_f32_reduce(.sumSquare, x, count, mean) / Float(count)
    let factor = 1 / (variance + epsilon).squareRoot()
    var center = mean
    ck_f32_zip(.sub, x, 1, &center, 0, y, count)
    ck_f32_map(.scale, y, y, count, factor, 0)
    return (mean, factor)
}

/// The same in float64, the sums in ascending order.
func standardize(
    _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ count: Int, epsilon: Double
) -> (mean: Double, factor: Double) {
    var sum = 0.0, squares = 0.0
    for i in 0..<count { sum += x[i] }
    let mean = sum / Double(count)
    for i in 0..<count { squares += (x[i] - mean) * (x[i] - mean) }
    let factor = 1 / (squares / Double(count) + epsilon).squareRoot()
    for i in 0..<count { y[i] = (x[i] - mean) * factor }
    return (mean, factor)
}
