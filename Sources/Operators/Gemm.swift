package import Graph
package import Tensors

/// y = alpha · op(a) · op(b) + beta · c with c broadcast to [M, N]. Float32 through OpenBLAS, float64 by the definition.
package struct Gemm: EpilogueFusable {
    package static let opType = "Gemm"

    private let node: NodeDescription
    private let alpha: Float
    private let beta: Float
    private let transposeA: Bool
    private let transposeB: Bool
    package private(set) var epilogue = Epilogue.identity

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        alpha = try node.float("alpha") ?? 1
        beta = try node.float("beta") ?? 1
        transposeA = try node.int("transA") ?? 0 != 0
        transposeB = try node.int("transB") ?? 0 != 0
    }

    package func fused(with epilogue: Epilogue) -> (any Operator)? {
        guard self.epilogue == .identity else { return nil }
        var fused = self
        fused.epilogue = epilogue
        return fused
    }

    /// B as [N, K] and the bias as N elements, alpha and beta multiplied in; `nil` when they are not constants of float32
    /// or a is transposed.
    package func constantOperands(_ constants: [Tensor?]) -> (matrix: Tensor, bias: Tensor?)? {
        guard !transposeA, constants.count >= 2, let b = constants[1], b.dataType == .float32, b.shape.rank == 2,
            b.elementCount > 0
        else { return nil }
        let (rows, columns) = (b.shape[0], b.shape[1])
        let n = transposeB ? rows : columns
        var bias: Tensor?
        if node.hasInput(2) {
            guard constants.count > 2, let c = constants[2], c.dataType == .float32, c.elementCount == n,
                c.shape.dimensions.last == n
            else { return nil }
            bias = Tensor(c.elements(as: Float.self).map { beta * $0 }, shape: [n])
        }
        let matrix = Tensor(dataType: .float32, shape: [n, transposeB ? columns : rows], zeroed: false)
        let (source, target) = (b.elements(as: Float.self), matrix.mutableElements(as: Float.self))
        for row in 0..<rows {
            for column in 0..<columns {
                target[transposeB ? row * columns + column : column * rows + row] =
                    alpha * source[row * columns + column]
            }
        }
        return (matrix, bias)
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let a = inputs[0]?.type, let b = inputs[1]?.type else { throw node.malformed("a and b are required") }
        guard a.dataType == b.dataType else { throw node.mismatch("\(a.dataType) by \(b.dataType)") }
        guard a.dataType == .float32 || a.dataType == .float64 else { throw node.unsupported("\(a.dataType)") }
        guard epilogue == .identity || a.dataType == .float32 else { throw node.unsupported("\(a.dataType)") }
        guard a.rank ?? 2 == 2, b.rank ?? 2 == 2 else { throw node.mismatch("\(a) by \(b)") }
        let rows = a.dimensions?[transposeA ? 1 : 0] ?? .unknown
        let columns = b.dimensions?[transposeB ? 0 : 1] ?? .unknown
        return [try SlidingWindow.checkedType(a.dataType, [rows, columns], node)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let a = context.input(0)
        let b = context.input(1)
        let c = context.optionalInput(2)
        guard a.shape.rank == 2, b.shape.rank == 2, a.dataType == b.dataType, c?.dataType ?? a.dataType == a.dataType
        else {
            throw node.mismatch("\(a) by \(b) plus \(c.map { "\($0)" } ?? "nothing")")
        }
        let (m, k) = transposeA ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
        let (inner, n) = transposeB ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
        guard inner == k else { throw node.mismatch("\(a.shape) by \(b.shape)") }
        let strides = try c.map { c throws(GraphError) in try broadcastStrides(c.shape, m, n) }
        let y = context.output(0, a.dataType, try SlidingWindow.checkedShape([m, n], node))
        switch a.dataType {
        case .float32:
            fill(y.mutableElements(as: Float.self), c?.elements(), strides, m, n, beta)
            if let product = y.mutableElements(as: Float.self).baseAddress, m > 0, n > 0 {
                if k > 0, let left = a.elements(as: Float.self).baseAddress,
                    let right = b.elements(as: Float.self).baseAddress
                {
                    BLAS.gemm(
                        transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, alpha: alpha, a: left,
                        lda: a.shape[1], b: right, ldb: b.shape[1], beta: 1, c: product, ldc: n)
                }
                epilogue.apply(product, m * n, bias: nil)
            }
        case .float64:
            let product = y.mutableElements(as: Double.self)
            fill(product, c?.elements(), strides, m, n, Double(beta))
            let (left, right) = (a.elements(as: Double.self), b.elements(as: Double.self))
            for row in 0..<m {
                for column in 0..<n {
                    var sum = 0.0
                    for index in 0..<k {
                        sum +=
                            left[transposeA ? index * m + row : row * k + index]
                            * right[transposeB ? column * k + index : index * n + column]
                    }
                    product[row * n + column] += Double(alpha) * sum
                }
            }
        default: throw node.unsupported("\(a.dataType)")
        }
    }

    private func broadcastStrides(_ shape: Shape, _ m: Int, _ n: Int) throws(GraphError) -> (row: Int, column: Int) {
        let extents = [Int](repeating: 1, count: max(0, 2 - shape.rank)) + shape.dimensions
        guard extents.count == 2, extents[0] == m || extents[0] == 1, extents[1] == n || extents[1] == 1 else {
            throw node.mismatch("c of shape \(shape) for [\(m),\(n)]")
        }
        return (extents[0] == 1 ? 0 : extents[1], extents[1] == 1 ? 0 : 1)
    }

    private func fill<Element: FloatingPoint>(
        _ y: UnsafeMutableBufferPointer<Element>, _ c: UnsafeBufferPointer<Element>?,
        _ strides: (row: Int, column: Int)?, _ m: Int, _ n: Int, _ beta: Element
    ) {
        guard let c, let strides, !y.isEmpty else { return y.update(repeating: 0) }
        for row in 0..<m {
            for column in 0..<n { y[row * n + column] = beta * c[row * strides.row + column * strides.column] }
        }
    }
}
