internal import CKernels
internal import Imaging
internal import Tensors

/// ``Demosaic/mlri`` on strips of rows, tile by tile: holds the strip's mosaic and planes, 2 MB for the widest sensors, and
/// 5 MB of scratch.
final class ResidualInterpolation {
    typealias Row = UnsafeMutablePointer<UInt16>

    static let stripHeight = Int(ck_mlri_rows)
    /// Mirrored samples that a row needs on either side.
    static let border = Int(ck_mlri_margin)
    private static let reach = Int(ck_mlri_reach)

    /// Rows whose planes are held.
    private(set) var strip = 0..<0
    private let width: Int
    private let pitch: Int
    private let storage: ByteStorage
    private let scratch: ByteStorage
    private let mosaic: Row
    private let planes: (red: Row, green: Row, blue: Row)

    init(width: Int) {
        self.width = width
        // Room for whole vectors past a row's border.
        pitch = (width + 2 * Self.border + 32 + 31) / 32 * 32
        let mosaicCount = pitch * (Self.stripHeight + 2 * Self.reach)
        let planeCount = pitch * Self.stripHeight
        storage = ByteStorage(byteCount: 2 * (mosaicCount + 3 * planeCount))
        scratch = ByteStorage(byteCount: MemoryLayout<Float>.stride * ck_mlri_scratch_count())
        mosaic = storage.base.assumingMemoryBound(to: UInt16.self)
        planes = (mosaic + mosaicCount, mosaic + mosaicCount + planeCount, mosaic + mosaicCount + 2 * planeCount)
    }

    /// Makes the planes of at most ``stripHeight`` rows.
    ///
    /// - Parameter linearize: writes a row of the mosaic, mirrored into it, with ``border`` mirrored samples at its ends.
    func develop(_ rows: Range<Int>, cfa: CFAPattern, linearize: (_ y: Int, _ row: Row) -> Void) {
        precondition(rows.count <= Self.stripHeight)
        strip = rows
        for (index, y) in (rows.lowerBound - Self.reach..<rows.upperBound + Self.reach).enumerated() {
            linearize(y, mosaic + index * pitch + Self.border)
        }
        let first = mosaic + Self.reach * pitch + Self.border
        let redRow = UInt32((cfa.redSite.row + rows.lowerBound) & 1)
        // Tiles begin at even columns.
        for x in stride(from: 0, to: width, by: Int(ck_mlri_width)) {
            var tile = ck_mlri(
                samples: first + x, pitch: pitch, width: min(width - x, Int(ck_mlri_width)), rows: rows.count,
                red_row: redRow, red_column: UInt32(cfa.redSite.column),
                scratch: scratch.base.assumingMemoryBound(to: Float.self), red: planes.red + x,
                green: planes.green + x, blue: planes.blue + x, plane_pitch: pitch)
            ck_u16_demosaic_mlri(&tile)
        }
    }

    /// The planes of row `y` of the strip; the next strip overwrites them.
    func row(_ y: Int) -> Planes {
        let offset = (y - strip.lowerBound) * pitch
        return Planes(red: planes.red + offset, green: planes.green + offset, blue: planes.blue + offset)
    }
}
