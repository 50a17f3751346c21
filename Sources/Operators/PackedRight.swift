internal import CKernels
internal import Tensors

/// A right operand b: [k, n] of a matrix product, packed once for the matrix kernel: for each block of the depth, panels
/// of 32 columns.
///
/// Each element of a product accumulates over k in ascending order, one fused multiply-add a step, from 0 or from what
/// the output holds. The bits depend neither on the number of rows, nor on how rows and columns are cut.
struct PackedRight: @unchecked Sendable {
    let k, n: Int
    private let panels: UnsafeMutablePointer<Float>
    /// What keeps `panels` alive; `nil` when the caller does.
    private let storage: ByteStorage?

    private static let depthBlock = 256
    private static let panelColumns = Int(ck_f32_gemm_columns)
    private static let panelRows = Int(ck_f32_gemm_rows)

    private static func paddedColumns(_ n: Int) -> Int { (n + panelColumns - 1) / panelColumns * panelColumns }

    /// Bytes of the panels.
    static func byteCount(k: Int, n: Int) -> Int { k * paddedColumns(n) * MemoryLayout<Float>.stride }

    /// Bytes of scratch that packing `rows` rows of the left operand takes, a multiple of 64.
    static func leftByteCount(rows: Int, k: Int) -> Int {
        let floats = (rows + panelRows - 1) / panelRows * panelRows * min(k, depthBlock)
        return (floats * MemoryLayout<Float>.stride + 63) & ~63
    }

    /// - Parameters:
    ///   - b: [k, n], or [n, k] when it `isTransposed`; rows are `stride` floats apart, by default dense.
    ///   - place: memory for the panels, which outlives them; `nil` for memory of their own.
    init(
        _ b: UnsafePointer<Float>, stride: Int? = nil, k: Int, n: Int, isTransposed: Bool,
        in place: UnsafeMutableRawPointer? = nil
    ) {
        let rowStride = stride ?? (isTransposed ? k : n)
        self.k = k
        self.n = n
        let own = place == nil ? ByteStorage(byteCount: Self.byteCount(k: k, n: n), zeroed: false) : nil
        storage = own
        // One of the two is there.
        panels = (place ?? own?.base ?? UnsafeMutableRawPointer(mutating: b)).assumingMemoryBound(to: Float.self)
        for first in Swift.stride(from: 0, to: k, by: Self.depthBlock) {
            let depth = min(Self.depthBlock, k - first)
            let target = panels + first * Self.paddedColumns(n)
            if isTransposed {
                Self.packTransposed(b + first, stride: rowStride, depth: depth, columns: n, target)
            } else {
                ck_f32_gemm_pack_b(b + first * rowStride, rowStride, depth, n, target)
            }
        }
    }

    private static func packTransposed(
        _ b: UnsafePointer<Float>, stride: Int, depth: Int, columns: Int, _ packed: UnsafeMutablePointer<Float>
    ) {
        for column in 0..<paddedColumns(columns) {
            let target = packed + column / panelColumns * panelColumns * depth + column % panelColumns
            if column < columns {
                let source = b + column * stride
                for i in 0..<depth { target[i * panelColumns] = source[i] }
            } else {
                for i in 0..<depth { target[i * panelColumns] = 0 }
            }
        }
    }

    /// A left operand: [rows, k], rows `stride` floats apart, or [k, rows] when it `isTransposed`.
    struct Left: @unchecked Sendable {
        var elements: UnsafePointer<Float>
        var stride: Int
        var isTransposed = false
    }

    /// c = a · b, or c += a · b when it `accumulates`, for some columns; rows of c are `stride` floats apart.
    ///
    /// - Parameters:
    ///   - columns: starts at a multiple of 32.
    ///   - scratch: ``leftByteCount(rows:k:)`` bytes.
    func multiply(
        _ a: Left, rows: Int, columns: Range<Int>? = nil, accumulates: Bool = false,
        to c: UnsafeMutablePointer<Float>, stride: Int, scratch: UnsafeMutableRawPointer
    ) {
        let columns = columns ?? 0..<n
        guard rows > 0, !columns.isEmpty else { return }
        let left = scratch.assumingMemoryBound(to: Float.self)
        if k == 0, !accumulates {
            for row in 0..<rows { (c + row * stride + columns.lowerBound).update(repeating: 0, count: columns.count) }
        }
        for first in Swift.stride(from: 0, to: k, by: Self.depthBlock) {
            let depth = min(Self.depthBlock, k - first)
            if a.isTransposed {
                Self.packLeftTransposed(a.elements + first * a.stride, stride: a.stride, rows: rows, depth: depth, left)
            } else {
                ck_f32_gemm_pack_a(a.elements + first, a.stride, rows, depth, left)
            }
            ck_f32_gemm(
                rows, columns.count, depth, left,
                panels + first * Self.paddedColumns(n) + columns.lowerBound * depth, nil,
                accumulates || first > 0 ? 1 : 0, c + columns.lowerBound, stride)
        }
    }

    private static func packLeftTransposed(
        _ a: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int, _ packed: UnsafeMutablePointer<Float>
    ) {
        for first in Swift.stride(from: 0, to: rows, by: panelRows) {
            let count = min(panelRows, rows - first)
            let target = packed + first * depth
            for step in 0..<depth {
                for i in 0..<panelRows { target[step * panelRows + i] = i < count ? a[step * stride + first + i] : 0 }
            }
        }
    }

    /// c = a · b, or c += a · b, on the threads: cut by rows when there are many, else by columns. Rows of c are dense.
    /// `scratch` holds ``scratchByteCount(rows:k:threads:)`` bytes.
    func multiply(
        _ a: Left, rows: Int, accumulates: Bool = false, to c: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutableRawPointer, _ parallelism: Parallelism
    ) {
        let threads = rows * n * k < 1 << 17 ? 1 : parallelism.width
        let job = Job(c: c, scratch: scratch)
        if rows >= 4 * Self.panelRows {
            let blocks = (rows + Self.rowBlock - 1) / Self.rowBlock
            parallelism.run(count: min(threads, blocks)) { thread in
                let count = min(threads, blocks)
                let place = job.scratch + thread * Self.leftByteCount(rows: Self.rowBlock, k: k)
                for block in blocks * thread / count..<blocks * (thread + 1) / count {
                    let first = block * Self.rowBlock
                    var left = a
                    left.elements += a.isTransposed ? first : first * a.stride
                    multiply(
                        left, rows: min(Self.rowBlock, rows - first), accumulates: accumulates, to: job.c + first * n,
                        stride: n, scratch: place)
                }
            }
        } else {
            let tiles = (n + Self.panelColumns - 1) / Self.panelColumns
            let count = min(threads, max(tiles, 1))
            parallelism.run(count: count) { thread in
                let start = tiles * thread / count * Self.panelColumns
                let end = min(tiles * (thread + 1) / count * Self.panelColumns, n)
                multiply(
                    a, rows: rows, columns: start..<max(start, end), accumulates: accumulates, to: job.c, stride: n,
                    scratch: job.scratch + thread * Self.leftByteCount(rows: 4 * Self.panelRows, k: k))
            }
        }
    }

    private static let rowBlock = 192

    /// Bytes of scratch for a product on threads.
    static func scratchByteCount(rows: Int, k: Int, threads: Int) -> Int {
        leftByteCount(rows: rows >= 4 * panelRows ? rowBlock : 4 * panelRows, k: k) * threads
    }

    private struct Job: @unchecked Sendable {
        let c: UnsafeMutablePointer<Float>
        let scratch: UnsafeMutableRawPointer
    }
}
