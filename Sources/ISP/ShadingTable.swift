internal import CKernels
internal import Imaging
internal import Tensors

/// A lens shading grid stretched over the columns of one mosaic; rows are interpolated as they are used.
struct ShadingTable: Sendable {
    private let storage: ByteStorage
    private let rows: Int
    private let pitch: Int
    private let height: Int

    /// - Parameters:
    ///   - cfa: `nil` for a monochrome mosaic, which takes green's gains.
    init(_ shading: LensShading, width: Int, height: Int, cfa: CFAPattern?) {
        rows = shading.rows
        pitch = (width + 31) / 32 * 32
        self.height = height
        // For every row of the grid, the gains of even and of odd rows of the mosaic.
        storage = ByteStorage(byteCount: 2 * rows * pitch * MemoryLayout<Float>.stride)
        let gains = storage.base.assumingMemoryBound(to: Float.self)
        for gridRow in 0..<rows {
            for parity in 0..<2 {
                let target = gains + (2 * gridRow + parity) * pitch
                for x in 0..<width {
                    let color = cfa?.color(row: parity, column: x & 1) ?? .green
                    let (index, weight) = Self.position(x, count: width, points: shading.columns)
                    let points = shading[color.rawValue]
                    let left = points[gridRow * shading.columns + index]
                    let right = points[gridRow * shading.columns + index + 1]
                    target[x] = Float(left + (right - left) * weight)
                }
            }
        }
    }

    /// Valid as long as the table lives.
    func gains(row y: Int) -> ck_shading {
        let (index, weight) = Self.position(y, count: height, points: rows)
        let gains = UnsafePointer(storage.base.assumingMemoryBound(to: Float.self))
        let upper = gains + (2 * index + (y & 1)) * pitch
        return ck_shading(upper: upper, lower: upper + 2 * pitch, weight: Float(weight))
    }

    /// Between which point and the next one of the grid a row or column lies, and how far.
    private static func position(_ index: Int, count: Int, points: Int) -> (index: Int, weight: Double) {
        guard count > 1 else { return (0, 0) }
        let position = Double(index) * Double(points - 1) / Double(count - 1)
        let whole = min(Int(position), points - 2)
        return (whole, position - Double(whole))
    }
}
