internal import CKernels
internal import Imaging
internal import Tensors

/// A grid of gains stretched over the columns of one mosaic; rows are interpolated as they are used.
struct ShadingTable: Sendable {
    private let storage: ByteStorage
    private let grid: GainGrid
    private let pitch: Int

    init(_ grid: GainGrid, width: Int) {
        self.grid = grid
        pitch = (width + 31) / 32 * 32
        // For every row of the grid, the gains of even and of odd rows of the mosaic.
        storage = ByteStorage(byteCount: 2 * grid.rows * pitch * MemoryLayout<Float>.stride)
        let gains = storage.base.assumingMemoryBound(to: Float.self)
        for x in 0..<width {
            let (index, next, weight) = Self.position(
                x, origin: grid.columnOrigin, step: grid.columnStep, points: grid.columns)
            for gridRow in 0..<grid.rows {
                for parity in 0..<2 {
                    let points = grid.gains[2 * parity + x & 1]
                    let left = points[gridRow * grid.columns + index]
                    let right = points[gridRow * grid.columns + next]
                    gains[(2 * gridRow + parity) * pitch + x] = Float(left + (right - left) * weight)
                }
            }
        }
    }

    /// Valid as long as the table lives.
    func gains(row y: Int) -> ck_shading {
        let (index, next, weight) = Self.position(y, origin: grid.rowOrigin, step: grid.rowStep, points: grid.rows)
        let gains = UnsafePointer(storage.base.assumingMemoryBound(to: Float.self)) + (y & 1) * pitch
        return ck_shading(
            upper: gains + 2 * index * pitch, lower: gains + 2 * next * pitch, weight: Float(weight))
    }

    /// Between which two points of the grid a row or column lies, and how far from the first.
    private static func position(
        _ index: Int, origin: Double, step: Double, points: Int
    ) -> (index: Int, next: Int, weight: Double) {
        let position = min(max((Double(index) - origin) / step, 0), Double(points - 1))
        let whole = min(Int(position), max(0, points - 2))
        return (whole, min(whole + 1, points - 1), position - Double(whole))
    }
}
