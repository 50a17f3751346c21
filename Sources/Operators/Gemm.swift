package import Graph
package import Tensors

/// y = alpha · op(a) · op(b) + beta · c with c broadcast to [M, N].
///
/// Float32 through the packed kernel: each element is one sum over k in ascending order, times alpha, plus beta · c, so
/// that its bits depend neither on M nor on threads. With `fast` numerics through OpenBLAS. 16-bit floats are computed in
/// float32; float64 and whole numbers by the definition.
package struct Gemm: EpilogueFusable {
    package static let opType = "Gemm"

    private let node: NodeDescription
    private let alpha: Float
    private let beta: Float
    private let transposeA: Bool
    private let transposeB: Bool
    private var packed: PackedRight?
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

    package func prepared(constants: [Tensor?]) throws(GraphError) -> (operator: any Operator, consumed: Set<Int>) {
        guard node.numerics == .exact, constants.count >= 2, let b = constants[1], b.shape.rank == 2,
            b.dataType == .float32 || b.dataType.isHalf
        else { return (self, []) }
        var prepared = self
        let wide = try b.converted(to: .float32, node: node)
        let (k, n) = transposeB ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
        prepared.packed = PackedRight(wide.pointer(), k: k, n: n, isTransposed: transposeB)
        return (prepared, [1])
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
        if transposeB, alpha == 1 { return (b, bias) }
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
        switch a.dataType {
        case .float32: break
        case .float16, .bfloat16, .float64, .int32, .int64, .uint32, .uint64:
            guard epilogue == .identity else { throw node.unsupported("\(a.dataType)") }
        default: throw node.unsupported("\(a.dataType)")
        }
        guard a.rank ?? 2 == 2, b.rank ?? 2 == 2 else { throw node.mismatch("\(a) by \(b)") }
        let rows = a.dimensions?[transposeA ? 1 : 0] ?? .unknown
        let columns = b.dimensions?[transposeB ? 0 : 1] ?? .unknown
        return [try SlidingWindow.checkedType(a.dataType, [rows, columns], node)]
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard node.numerics == .exact, let a = inputs[0]?.fixedShape, let b = inputs[1]?.fixedShape, a.rank == 2,
            b.rank == 2
        else { return 0 }
        let (rows, k) = transposeA ? (a[1], a[0]) : (a[0], a[1])
        let scratch = PackedRight.scratchByteCount(rows: rows, k: k, threads: parallelism)
        return packed == nil ? scratch + PackedRight.byteCount(k: k, n: b[transposeB ? 0 : 1]) : scratch
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let a = context.input(0)
        // Packed weights are no longer there as they were.
        let b = packed == nil ? context.input(1) : context.optionalInput(1)
        let c = context.optionalInput(2)
        if a.dataType.isHalf { return try runWidened(context, a.dataType, node: node) }
        guard a.shape.rank == 2, b?.shape.rank ?? 2 == 2, b?.dataType ?? .float32 == a.dataType,
            c?.dataType ?? a.dataType == a.dataType
        else {
            throw node.mismatch("\(a) by \(b.map { "\($0)" } ?? "weights") plus \(c.map { "\($0)" } ?? "nothing")")
        }
        let (m, k) = transposeA ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
        let inner = packed?.k ?? b?.shape[transposeB ? 1 : 0] ?? 0
        let n = packed?.n ?? b?.shape[transposeB ? 0 : 1] ?? 0
        guard inner == k else { throw node.mismatch("\(a.shape) by weights of depth \(inner)") }
        let strides = try c.map { c throws(GraphError) in try broadcastStrides(c.shape, m, n) }
        let y = context.output(0, a.dataType, try SlidingWindow.checkedShape([m, n], node))
        guard m > 0, n > 0 else { return }
        let addend = strides.flatMap { strides in c.map { Addend(tensor: $0, row: strides.row, column: strides.column) }
        }
        if a.dataType == .float32 {
            if let packed {
                multiply(a, packed, y, m, context)
            } else if let b, node.numerics == .exact, let workspace = context.workspace.baseAddress {
                let place = workspace + PackedRight.scratchByteCount(rows: m, k: k, threads: context.parallelism.width)
                let right = PackedRight(b.pointer(), k: k, n: n, isTransposed: transposeB, in: place)
                multiply(a, right, y, m, context)
            } else if let b {
                multiplyFast(a, b, y, m, n, k)
            }
            finish(y.pointer(), addend, m, n)
            epilogue.apply(y.pointer(), m * n, bias: nil)
        } else if let b {
            try node.visit(a.dataType, Reference(gemm: self, a: a, b: b, addend: addend, y: y, m: m, n: n, k: k))
        }
    }
}

extension Gemm {
    /// c with its steps along rows and columns, 0 where it is broadcast.
    fileprivate struct Addend {
        let tensor: Tensor
        let row: Int
        let column: Int
    }

    private func broadcastStrides(_ shape: Shape, _ m: Int, _ n: Int) throws(GraphError) -> (row: Int, column: Int) {
        let extents = [Int](repeating: 1, count: max(0, 2 - shape.rank)) + shape.dimensions
        guard extents.count == 2, extents[0] == m || extents[0] == 1, extents[1] == n || extents[1] == 1 else {
            throw node.mismatch("c of shape \(shape) for [\(m),\(n)]")
        }
        return (extents[0] == 1 ? 0 : extents[1], extents[1] == 1 ? 0 : 1)
    }

    /// y = op(a) · op(b)
    private func multiply(_ a: Tensor, _ b: PackedRight, _ y: Tensor, _ m: Int, _ context: RunContext) {
        guard let workspace = context.workspace.baseAddress else { return }
        b.multiply(
            PackedRight.Left(elements: a.pointer(), stride: a.shape[1], isTransposed: transposeA), rows: m,
            to: y.pointer(), scratch: workspace, context.parallelism)
    }

    private func multiplyFast(_ a: Tensor, _ b: Tensor, _ y: Tensor, _ m: Int, _ n: Int, _ k: Int) {
        guard k > 0 else { return y.mutableElements(as: Float.self).update(repeating: 0) }
        BLAS.gemm(
            transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, a: a.pointer(), lda: a.shape[1],
            b: b.pointer(), ldb: b.shape[1], c: y.pointer(), ldc: n)
    }

    /// y = alpha · y + beta · c
    private func finish(_ y: UnsafeMutablePointer<Float>, _ c: Addend?, _ m: Int, _ n: Int) {
        guard let c else {
            if alpha != 1 { for i in 0..<m * n { y[i] *= alpha } }
            return
        }
        let source = c.tensor.pointer(Float.self)
        for row in 0..<m {
            for column in 0..<n {
                let at = row * n + column
                y[at] = alpha * y[at] + beta * source[row * c.row + column * c.column]
            }
        }
    }

    private struct Reference: RealVisitor {
        let gemm: Gemm
        let a: Tensor
        let b: Tensor
        let addend: Addend?
        let y: Tensor
        let m, n, k: Int

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) {
            each(type, { $0 + $1 * $2 }, { T(gemm.alpha) * $0 + T(gemm.beta) * $1 })
        }

        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) {
            let alpha: T = clamped(gemm.alpha), beta: T = clamped(gemm.beta)
            each(type, { $0 &+ $1 &* $2 }, { alpha &* $0 &+ beta &* $1 })
        }

        private func each<T: Numeric & BitwiseCopyable>(
            _ type: T.Type, _ step: (T, T, T) -> T, _ finish: (_ sum: T, _ addend: T) -> T
        ) {
            let left = a.pointer(T.self), right = b.pointer(T.self), target = y.pointer(T.self)
            for row in 0..<m {
                for column in 0..<n {
                    var sum = T.zero
                    for index in 0..<k {
                        sum = step(
                            sum, left[gemm.transposeA ? index * m + row : row * k + index],
                            right[gemm.transposeB ? column * k + index : index * n + column])
                    }
                    let extra = addend.map { $0.tensor.pointer(T.self)[row * $0.row + column * $0.column] } ?? T.zero
                    target[row * n + column] = finish(sum, extra)
                }
            }
        }
    }
}
