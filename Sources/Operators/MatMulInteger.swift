package import Graph
internal import Tensors

/// ONNX `MatMulInteger`: the product of two 8-bit operands less their zero points, in int32.
///
/// a: [..., M, K] with a zero point for all or one for each row; b: [..., K, N] with one for all or for each column.
package struct MatMulInteger: Operator {
    package static let opType = "MatMulInteger"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...4)
        self.node = node
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        try IntegerProduct.checkTypes(inputs, [0, 1], node)
        let a = try node.fact(inputs, 0).type, b = try node.fact(inputs, 1).type
        return [ValueType(.int32, try node.matrixProduct(a.dimensions, b.dimensions))]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let a = context.input(0), b = context.input(1)
        let product = try MatrixProduct(a.shape, b.shape, node)
        let y = context.output(0, .int32, product.outputShape)
        try product.multiply(
            a, b, zeroPoints: (context.optionalInput(2), context.optionalInput(3)), to: y.pointer(), context, node)
    }
}

/// ONNX `QLinearMatMul`: the product of two quantised operands, quantised again. Scales and zero points are for all, for
/// each row of a and y, or for each column of b.
package struct QLinearMatMul: Operator {
    package static let opType = "QLinearMatMul"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 8...8)
        self.node = node
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        try IntegerProduct.checkTypes(inputs, [0, 3, 7], node)
        let a = try node.fact(inputs, 0).type, b = try node.fact(inputs, 3).type
        return [ValueType(try node.fact(inputs, 7).dataType, try node.matrixProduct(a.dimensions, b.dimensions))]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let a = context.input(0), b = context.input(3)
        let product = try MatrixProduct(a.shape, b.shape, node)
        let sums = Tensor(dataType: .int32, shape: product.outputShape, zeroed: false)
        try product.multiply(
            a, b, zeroPoints: (context.optionalInput(2), context.optionalInput(5)), to: sums.pointer(), context, node)
        let y = context.output(0, context.input(7).dataType, product.outputShape)
        let left = try numbers(context.input(1), [1, product.m]), right = try numbers(context.input(4), [1, product.n])
        let scales = try numbers(context.input(6), [1, product.m])
        let zeros = try node.integers(context.input(7)).map { Float($0) }
        guard zeros.count == 1 || zeros.count == product.m else { throw node.mismatch("\(zeros.count) zero points") }
        for row in 0..<product.rows {
            let line = row % max(product.m, 1)
            let own = left[left.count == 1 ? 0 : line], made = scales[scales.count == 1 ? 0 : line]
            let requantization = Requantization(
                multipliers: right.map { own * $0 / made }, zeroPoints: [zeros[zeros.count == 1 ? 0 : line]])
            try requantization.store(
                sums.pointer(Int32.self) + row * product.n, product.n, channel: { $0 }, to: y, at: row * product.n, node
            )
        }
    }

    private func numbers(_ tensor: Tensor, _ counts: [Int]) throws(GraphError) -> [Float] {
        guard counts.contains(tensor.elementCount) else { throw node.mismatch("a scale of \(tensor.shape)") }
        return try tensor.converted(to: .float32, node: node).array(of: Float.self)
    }
}

extension NodeDescription {
    /// The dimensions of a product over the last two axes of its operands; `nil` when a rank is unknown.
    func matrixProduct(_ a: [Dimension]?, _ b: [Dimension]?) throws(GraphError) -> [Dimension]? {
        guard let a, let b else { return nil }
        guard let depth = a.last, !b.isEmpty else { throw mismatch("a scalar operand") }
        let inner = b[max(0, b.count - 2)]
        if let left = depth.fixedExtent, let right = inner.fixedExtent, left != right {
            throw mismatch("rows of \(left) by columns of \(right)")
        }
        guard let batch = try broadcast([Array(a.dropLast(2)), Array(b.dropLast(2))]) else { return nil }
        return batch + (a.count > 1 ? [a[a.count - 2]] : []) + (b.count > 1 ? [b[b.count - 1]] : [])
    }
}

extension MatrixProduct {
    /// The product of 8-bit operands less their zero points.
    fileprivate func multiply(
        _ a: Tensor, _ b: Tensor, zeroPoints: (a: Tensor?, b: Tensor?), to c: UnsafeMutablePointer<Int32>,
        _ context: RunContext, _ node: NodeDescription
    ) throws(GraphError) {
        let rowZeros = try IntegerProduct.zeroPoints(zeroPoints.a, of: a, node)
        let columnZeros = try IntegerProduct.zeroPoints(zeroPoints.b, of: b, node)
        let (m, n, k) = (m, n, k)
        let matrices = m * k > 0 ? a.elementCount / (m * k) : 0
        guard [1, m, m * matrices].contains(rowZeros.count), columnZeros.count == 1 || columnZeros.count == n else {
            throw node.mismatch("\(rowZeros.count) and \(columnZeros.count) zero points for \(a) by \(b)")
        }
        let left = try IntegerProduct.centered(a, zeroPoints: rowZeros, node: node) {
            rowZeros.count == 1 ? 0 : $0 / k % rowZeros.count
        }
        let right = try IntegerProduct.centered(b, zeroPoints: columnZeros, node: node) {
            columnZeros.count == 1 ? 0 : $0 % n
        }
        guard m > 0, n > 0 else { return }
        let batches = batches
        left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                guard let a = left.baseAddress, let b = right.baseAddress else {
                    for i in 0..<batches.count * m * n { c[i] = 0 }
                    return
                }
                let job = IntegerOperands(a: a, b: b, c: c)
                context.spread(batches.count * m, cost: n * k) { rows in
                    for row in rows {
                        let batch = batches[row / m]
                        IntegerProduct.multiplyRow(
                            job.a + (batch.a * m + row % m) * k, job.b + batch.b * k * n, job.c + row * n, n: n, k: k)
                    }
                }
            }
        }
    }
}
