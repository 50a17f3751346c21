internal import CKernels
internal import Imaging
internal import Tensors

/// Takes rows as they are stored and puts them where they belong in the upright picture.
///
/// A picture that needs no turning is written in place. Any other goes strip by strip through a buffer of a few rows, so
/// that both sides of the transposition stay in the cache.
struct UprightWriter {
    private let picture: Picture
    private let buffer: ByteStorage?
    private let bufferStride: Int
    private let width: Int
    /// Where the stored picture's first pixel goes, and how far the target moves along stored rows and columns, in bytes.
    private let origin: Int
    private let alongRow: Int
    private let alongColumn: Int
    private let swapsAxes: Bool

    /// What `ck_place_pixels` may read past the last pixel.
    private static let sourceSlack = 8

    /// - Parameters:
    ///   - width: of the stored picture.
    ///   - height: of the stored picture.
    init(picture: Picture, width: Int, height: Int, orientation: Orientation) {
        self.picture = picture
        self.width = width
        bufferStride = width * picture.format.bytesPerPixel
        buffer =
            orientation == .up
            ? nil
            : ByteStorage(
                byteCount: bufferStride * DevelopChain.stripHeight + Self.sourceSlack, zeroed: false)
        swapsAxes = orientation.swapsAxes
        let inverse = orientation.inverse
        func offset(_ x: Int, _ y: Int) -> Int {
            let position = inverse.storedPosition(x: x, y: y, width: picture.width, height: picture.height)
            return position.y * picture.rowStride + position.x * picture.format.bytesPerPixel
        }
        origin = offset(0, 0)
        alongRow = offset(1, 0) - origin
        alongColumn = offset(0, 1) - origin
    }

    /// Where to write row `y`, which belongs to `strip`.
    func row(_ y: Int, in strip: Range<Int>) -> UnsafeMutableRawPointer {
        guard let buffer else { return picture.row(y) }
        return buffer.base + (y - strip.lowerBound) * bufferStride
    }

    /// Call when all rows of `strip` are written.
    func finish(_ strip: Range<Int>) {
        guard let buffer else { return }
        let pixel = picture.format.bytesPerPixel
        let source = UnsafePointer(buffer.base.assumingMemoryBound(to: UInt8.self))
        let target = (picture.storage.base + origin + strip.lowerBound * alongColumn)
            .assumingMemoryBound(to: UInt8.self)
        // Runs follow the target's rows: stored rows, or stored columns when the axes change places.
        if swapsAxes {
            ck_place_pixels(
                source, pixel, bufferStride, target, alongRow, alongColumn, width, strip.count, pixel)
        } else {
            ck_place_pixels(source, bufferStride, pixel, target, alongColumn, alongRow, strip.count, width, pixel)
        }
    }
}

extension Orientation {
    /// The orientation whose turning undoes this one's.
    fileprivate var inverse: Orientation {
        switch self {
        case .right: .left
        case .left: .right
        default: self
        }
    }
}
