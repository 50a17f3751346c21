package import Graph
package import Tensors

/// Matrix product over the last two axes with broadcasting of the others, as `numpy.matmul`.
///
/// Float32 through the packed kernel, constant right operands packed once; with `fast` numerics small products go through
/// OpenBLAS. 16-bit floats are computed in float32; float64 and integers by the definition.
package struct MatMul: Operator {
    package static let opType = "MatMul"
    private let node: NodeDescription
    /// A constant right operand of two axes.
    private var packed: PackedRight?

    package init(_ node: NodeDescription) throws(GraphError) { self.node = node }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let a = inputs[0]?.type, let b = inputs[1]?.type else { throw node.malformed("two inputs are required") }
        guard a.dataType == b.dataType else { throw node.mismatch("\(a.dataType) by \(b.dataType)") }
        guard let left = a.dimensions, let right = b.dimensions else { return [ValueType(a.dataType, nil)] }
        guard !left.isEmpty, !right.isEmpty else { throw node.mismatch("\(a) by \(b)") }
        let inner = (left[left.count - 1], right[max(0, right.count - 2)])
        if let k = inner.0.fixedExtent, let other = inner.1.fixedExtent, k != other {
            throw node.mismatch("\(a) by \(b)")
        }
        var batch: [Dimension] = []
        let rank = max(left.count, right.count, 2) - 2
        for axis in 0..<rank {
            let one = Self.dimension(left, axis, rank)
            let two = Self.dimension(right, axis, rank)
            if one == .fixed(1) || one == two {
                batch.append(two)
            } else if two == .fixed(1) {
                batch.append(one)
            } else if one.fixedExtent != nil && two.fixedExtent != nil {
                throw node.mismatch("\(a) by \(b)")
            } else {
                batch.append(one.fixedExtent != nil ? one : two.fixedExtent != nil ? two : .unknown)
            }
        }
        if left.count > 1 { batch.append(left[left.count - 2]) }
        if right.count > 1 { batch.append(right[right.count - 1]) }
        return [try SlidingWindow.checkedType(a.dataType, batch, node)]
    }

    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int {
        guard let a = inputs[0], a.dataType == .float32 || a.dataType.isHalf, let left = a.fixedShape,
            let right = inputs[1]?.fixedShape, let product = try? MatrixProduct(left, right, node)
        else { return 0 }
        if packed != nil {
            let rows = product.rows
            return PackedRight.scratchByteCount(rows: rows, k: product.k, threads: parallelism)
        }
        return product.workspaceByteCount(threads: parallelism)
    }

    private static func dimension(_ dimensions: [Dimension], _ axis: Int, _ rank: Int) -> Dimension {
        let index = axis - (rank - max(0, dimensions.count - 2))
        return index < 0 ? .fixed(1) : dimensions[index]
    }

    package func prepared(constants: [Tensor?]) throws(GraphError) -> (operator: any Operator, consumed: Set<Int>) {
        guard node.numerics == .exact, constants.count >= 2, let b = constants[1], b.shape.rank == 2,
            b.dataType == .float32 || b.dataType.isHalf
        else { return (self, []) }
        var prepared = self
        let wide = try b.converted(to: .float32, node: node)
        prepared.packed = PackedRight(wide.pointer(), k: b.shape[0], n: b.shape[1], isTransposed: false)
        return (prepared, [1])
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let a = context.input(0)
        if a.dataType.isHalf { return try runWidened(context, a.dataType, node: node) }
        if let packed {
            guard a.dataType == .float32 else { throw node.mismatch("\(a.dataType) by float32") }
            let product = try MatrixProduct(a.shape, [packed.k, packed.n], node)
            let output = context.output(0, .float32, product.outputShape)
            guard let scratch = context.workspace.baseAddress, output.elementCount > 0 else { return }
            return packed.multiply(
                PackedRight.Left(elements: a.pointer(), stride: packed.k), rows: product.rows, to: output.pointer(),
                scratch: scratch, context.parallelism)
        }
        let b = context.input(1)
        guard a.dataType == b.dataType else { throw node.mismatch("\(a.dataType) by \(b.dataType)") }
        let product = try MatrixProduct(a.shape, b.shape, node)
        let output = context.output(0, a.dataType, product.outputShape)
        switch a.dataType {
        case .float32:
            product.multiply(
                a.elements(), b.elements(), output.mutableElements(), context.workspace, context.parallelism)
        case .float64: product.multiply(a.elements(as: Double.self), b.elements(), output.mutableElements(), *, +, 0)
        case .int32: product.multiply(a.elements(as: Int32.self), b.elements(), output.mutableElements(), &*, &+, 0)
        case .int64: product.multiply(a.elements(as: Int64.self), b.elements(), output.mutableElements(), &*, &+, 0)
        case .uint32: product.multiply(a.elements(as: UInt32.self), b.elements(), output.mutableElements(), &*, &+, 0)
        case .uint64: product.multiply(a.elements(as: UInt64.self), b.elements(), output.mutableElements(), &*, &+, 0)
        default: throw node.unsupported("\(a.dataType)")
        }
    }
}

/// The extents of a batched matrix product.
struct MatrixProduct {
    let outputShape: Shape
    let m, n, k: Int
    /// Which matrix of each operand every output matrix takes.
    let batches: [(a: Int, b: Int)]
    private let isExact: Bool

    private static let parallelThreshold = 1 << 20
    /// Rows of the left operand that are packed at a time.
    private static let largestBlock = 384

    init(_ left: Shape, _ right: Shape, _ node: NodeDescription) throws(GraphError) {
        guard left.rank >= 1, right.rank >= 1 else { throw node.mismatch("\(left) by \(right)") }
        isExact = node.numerics == .exact
        let a = left.rank == 1 ? [1] + left.dimensions : left.dimensions
        let b = right.rank == 1 ? right.dimensions + [1] : right.dimensions
        guard a[a.count - 1] == b[b.count - 2] else { throw node.mismatch("\(left) by \(right)") }
        (m, k, n) = (a[a.count - 2], a[a.count - 1], b[b.count - 1])
        let rank = max(a.count, b.count) - 2
        let one = [Int](repeating: 1, count: rank - (a.count - 2)) + a.dropLast(2)
        let two = [Int](repeating: 1, count: rank - (b.count - 2)) + b.dropLast(2)
        var batch: [Int] = []
        for (x, y) in zip(one, two) {
            guard x == y || x == 1 || y == 1 else { throw node.mismatch("\(left) by \(right)") }
            batch.append(x == 1 ? y : x)
        }
        outputShape = try SlidingWindow.checkedShape(
            batch + (left.rank == 1 ? [] : [m]) + (right.rank == 1 ? [] : [n]), node)
        let count = outputShape.elementCount == 0 ? 0 : batch.reduce(1, *)
        let strides = Shape(batch).strides
        let (ones, twos) = (Shape(one).strides, Shape(two).strides)
        batches = (0..<count).map { index in
            var (x, y) = (0, 0)
            for axis in 0..<rank {
                let position = index / strides[axis] % batch[axis]
                if one[axis] > 1 { x += position * ones[axis] }
                if two[axis] > 1 { y += position * twos[axis] }
            }
            return (x, y)
        }
    }

    /// Rows of all products together.
    var rows: Int { m * batches.count }

    /// Whether the packed kernel computes a product of this many rows.
    private func isPacked(rows: Int) -> Bool {
        k > 0 && (isExact || PackedProduct.isSuitable(m: rows, n: n, k: k))
    }

    /// One right operand for all: the left ones are rows of a single matrix when they follow each other.
    private var isStacked: Bool { batches.enumerated().allSatisfy { $1.b == 0 && $1.a == $0 } }

    /// How the products are cut for this many threads: matrices, rows of each, rows of a piece.
    private func cut(threads: Int) -> (matrices: Int, rows: Int, block: Int) {
        let (matrices, rows) = isStacked ? (1, m * batches.count) : (batches.count, m)
        guard isPacked(rows: rows) else {
            // The same cut for any number of threads: with OpenBLAS it shows in the bits.
            return (matrices, rows, max(64, ((rows + 7) / 8 + 15) & ~15))
        }
        let pieces = max(matrices % threads == 0 ? 1 : threads, (rows + Self.largestBlock - 1) / Self.largestBlock)
        return (matrices, rows, max(12, ((rows + pieces - 1) / pieces + 11) / 12 * 12))
    }

    func workspaceByteCount(threads: Int) -> Int {
        let cut = cut(threads: threads)
        guard isPacked(rows: cut.rows) else { return 0 }
        return PackedProduct(n: n, k: k, rows: cut.block).workspaceByteCount * threads
    }

    func multiply(
        _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, _ c: UnsafeMutableBufferPointer<Float>,
        _ workspace: UnsafeMutableRawBufferPointer, _ parallelism: Parallelism
    ) {
        guard k > 0 else { return c.update(repeating: 0) }
        guard let c = c.baseAddress, let a = a.baseAddress, let b = b.baseAddress, !batches.isEmpty else { return }
        let (matrices, rows, block) = cut(threads: parallelism.width)
        let packed = isPacked(rows: rows) ? PackedProduct(n: n, k: k, rows: block) : nil
        let blocks = (rows + block - 1) / block
        let job = FloatOperands(a: a, b: b, c: c, workspace: workspace)
        let pieces = matrices * blocks
        let threads = rows * matrices * n * k < Self.parallelThreshold ? 1 : min(parallelism.width, pieces)
        parallelism.run(count: threads) { thread in
            for piece in pieces * thread / threads..<pieces * (thread + 1) / threads {
                let (matrix, row) = (piece / blocks, piece % blocks * block)
                let count = min(block, rows - row)
                let left = job.a + (batches[matrix].a * m + row) * k
                let right = job.b + batches[matrix].b * k * n
                let target = job.c + (matrix * rows + row) * n
                if let packed, let scratch = job.workspace.baseAddress {
                    packed.run(
                        rows: count, left, right, target, scratch: scratch + thread * packed.workspaceByteCount)
                } else {
                    BLAS.gemm(m: count, n: n, k: k, a: left, lda: k, b: right, ldb: n, c: target, ldc: n)
                }
            }
        }
    }

    func multiply<Element>(
        _ a: UnsafeBufferPointer<Element>, _ b: UnsafeBufferPointer<Element>,
        _ c: UnsafeMutableBufferPointer<Element>, _ times: (Element, Element) -> Element,
        _ plus: (Element, Element) -> Element, _ zero: Element
    ) {
        for (index, batch) in batches.enumerated() {
            for row in 0..<m {
                for column in 0..<n {
                    var sum = zero
                    for inner in 0..<k {
                        sum = plus(
                            sum, times(a[(batch.a * m + row) * k + inner], b[(batch.b * k + inner) * n + column]))
                    }
                    c[(index * m + row) * n + column] = sum
                }
            }
        }
    }
}

private struct FloatOperands: @unchecked Sendable {
    let a: UnsafePointer<Float>
    let b: UnsafePointer<Float>
    let c: UnsafeMutablePointer<Float>
    let workspace: UnsafeMutableRawBufferPointer
}
