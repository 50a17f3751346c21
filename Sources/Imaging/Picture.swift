package import Tensors

/// A finished picture: interleaved samples, upright unless said otherwise, rows from the top.
///
/// Storage is shared between copies. Its maker writes it before handing it on; later writers go through
/// ``mutableCopy()``.
package struct Picture: Sendable {
    package enum Format: String, Sendable, Hashable, CaseIterable {
        case gray8, gray16, rgb8, rgb16

        package var channels: Int { self == .gray8 || self == .gray16 ? 1 : 3 }
        package var bytesPerSample: Int { self == .gray16 || self == .rgb16 ? 2 : 1 }
        /// Full scale.
        package var maximumSample: Int { bytesPerSample == 2 ? 65535 : 255 }
        package var bytesPerPixel: Int { channels * bytesPerSample }
    }

    package let width: Int
    package let height: Int
    /// 16-bit samples are in the machine's byte order (little endian), full scale 65535.
    package let format: Format
    /// Bytes from one row to the next.
    package let rowStride: Int
    package let storage: ByteStorage

    /// A new picture, black, in storage of its own.
    package init(width: Int, height: Int, format: Format) {
        self.init(
            width: width, height: height, format: format, rowStride: width * format.bytesPerPixel,
            storage: ByteStorage(byteCount: width * height * format.bytesPerPixel))
    }

    package init(width: Int, height: Int, format: Format, rowStride: Int, storage: ByteStorage) {
        precondition(width > 0 && height > 0 && rowStride >= width * format.bytesPerPixel)
        precondition(rowStride * (height - 1) + width * format.bytesPerPixel <= storage.byteCount)
        self.width = width
        self.height = height
        self.format = format
        self.rowStride = rowStride
        self.storage = storage
    }

    /// The first byte of row `y`.
    package func row(_ y: Int) -> UnsafeMutableRawPointer { storage.base + y * rowStride }

    /// The same pixels in storage of their own, free to be written.
    package func mutableCopy() -> Picture {
        let copy = Picture(width: width, height: height, format: format)
        for y in 0..<height { copy.row(y).copyMemory(from: row(y), byteCount: width * format.bytesPerPixel) }
        return copy
    }
}
