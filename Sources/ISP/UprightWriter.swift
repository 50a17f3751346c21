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

    /// - Parameters:
    ///   - width: of the stored picture.
    ///   - height: of the stored picture.
    init(picture: Picture, width: Int, height: Int, orientation: Orientation) {
        self.picture = picture
        self.width = width
        bufferStride = width * picture.format.bytesPerPixel
        buffer =
            orientation == .up
            ? nil : ByteStorage(byteCount: bufferStride * DevelopChain.stripHeight, zeroed: false)
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
        let source = UnsafeRawPointer(buffer.base)
        let target = picture.storage.base + origin + strip.lowerBound * alongColumn
        switch picture.format {
        case .gray8: place(strip.count, source, target, as: UInt8.self, samples: 1)
        case .gray16: place(strip.count, source, target, as: UInt16.self, samples: 1)
        case .rgb8: place(strip.count, source, target, as: UInt8.self, samples: 3)
        case .rgb16: place(strip.count, source, target, as: UInt16.self, samples: 3)
        }
    }

    /// The inner loop runs along the shorter step of the target, so that writes are neighbours.
    @inline(__always)
    private func place<Sample: BitwiseCopyable>(
        _ rows: Int, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, as type: Sample.Type, samples: Int
    ) {
        let pixel = samples * MemoryLayout<Sample>.size
        let inColumns = abs(alongColumn) < abs(alongRow)
        let (outer, inner) = inColumns ? (width, rows) : (rows, width)
        let (outerSource, innerSource) = inColumns ? (pixel, bufferStride) : (bufferStride, pixel)
        let (outerTarget, innerTarget) = inColumns ? (alongRow, alongColumn) : (alongColumn, alongRow)
        for i in 0..<outer {
            var from = source + i * outerSource
            var to = target + i * outerTarget
            for _ in 0..<inner {
                for sample in 0..<samples {
                    let offset = sample * MemoryLayout<Sample>.size
                    to.storeBytes(
                        of: from.loadUnaligned(fromByteOffset: offset, as: Sample.self), toByteOffset: offset,
                        as: Sample.self)
                }
                from += innerSource
                to += innerTarget
            }
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
