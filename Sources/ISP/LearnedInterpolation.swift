internal import CKernels
internal import Imaging
internal import Tensors

/// ``Demosaic/cnn`` on consecutive rows: holds the rows at work of the network's layers, 1 MB for the widest sensors.
final class LearnedInterpolation {
    typealias Row = UnsafeMutablePointer<UInt16>

    /// Mirrored samples that a row needs on either side.
    static let border = Int(ck_cnn_border)
    private static let reach = Int(ck_cnn_reach)

    private let red: (row: Int, column: Int)
    private let network: ck_cnn
    private let work: ByteStorage
    private let storage: ByteStorage
    private let samples: (red: Row, blue: Row)
    private let rows: (withRed: Planes, withBlue: Planes)
    private let planes: ck_cnn_planes
    /// Row of quads after the last that was taken; `nil` before the first.
    private var takenEnd: Int?
    /// Row of quads whose planes are held.
    private var held: Int?

    init(width: Int, cfa: CFAPattern) {
        red = (cfa.redSite.row, cfa.redSite.column)
        work = ByteStorage(byteCount: ck_cnn_byte_count(width))
        network = ck_cnn(
            bytes: work.base.assumingMemoryBound(to: UInt8.self), width: width, red_column: UInt32(red.column))
        let margin = 32
        let pitch = (width + 2 * margin + 64 + 31) / 32 * 32
        storage = ByteStorage(byteCount: 2 * 8 * pitch)
        let base = storage.base.assumingMemoryBound(to: UInt16.self) + margin
        samples = (base, base + pitch)
        rows = (
            Planes(red: base + 2 * pitch, green: base + 4 * pitch, blue: base + 6 * pitch),
            Planes(red: base + 3 * pitch, green: base + 5 * pitch, blue: base + 7 * pitch)
        )
        planes = ck_cnn_planes(
            red: (rows.withRed.red, rows.withBlue.red), green: (rows.withRed.green, rows.withBlue.green),
            blue: (rows.withRed.blue, rows.withBlue.blue))
        withUnsafePointer(to: network) { ck_u16_cnn_begin($0) }
    }

    /// The planes of row `y`; the next row may overwrite them. Rows are asked for in rising order without gaps.
    ///
    /// - Parameter linearize: writes a row of the mosaic, mirrored into it, with ``border`` mirrored samples at its ends.
    func row(_ y: Int, linearize: (_ y: Int, _ row: Row) -> Void) -> Planes {
        let quad = (y - red.row) >> 1
        if held != quad {
            for next in (takenEnd ?? quad - Self.reach)...(quad + Self.reach) {
                linearize(2 * next + red.row, samples.red)
                linearize(2 * next + red.row + 1, samples.blue)
                withUnsafePointer(to: network) { ck_u16_cnn_take($0, next, samples.red, samples.blue) }
            }
            takenEnd = quad + Self.reach + 1
            withUnsafePointer(to: network) { network in
                withUnsafePointer(to: planes) { ck_u16_cnn_finish(network, quad, $0) }
            }
            held = quad
        }
        return (y - red.row) & 1 == 0 ? rows.withRed : rows.withBlue
    }
}
