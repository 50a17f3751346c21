package import Imaging
internal import Tensors

/// Writes pictures as baseline TIFF (TIFF 6.0, sections 4 and 6): uncompressed grey or RGB of the picture's own depth, little
/// endian, in one strip.
package enum TIFFEncoder {
    /// - Throws: `CodecError.argument` when the file would pass TIFF's 4 GiB.
    package static func encode(_ picture: Picture) throws(CodecError) -> [UInt8] {
        let rowByteCount = picture.width * picture.format.bytesPerPixel
        let byteCount = rowByteCount * picture.height
        guard byteCount < Int(UInt32.max) - 1 << 16 else {
            throw .argument(
                field: "picture", detail: "\(picture.width)×\(picture.height) pixels do not fit a TIFF file")
        }
        // The directory's size does not depend on the offset in it.
        let offset = (8 + TIFFWriter.byteCount(of: directory(picture, offset: 0, byteCount)) + 15) / 16 * 16
        var writer = TIFFWriter()
        writer.append(directory(picture, offset: offset, byteCount))
        let pixels = [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, count in
            for y in 0..<picture.height {
                UnsafeMutableRawBufferPointer(bytes).baseAddress?.advanced(by: y * rowByteCount)
                    .copyMemory(from: picture.row(y), byteCount: rowByteCount)
            }
            count = byteCount
        }
        writer.append(pixels, at: offset)
        return writer.bytes
    }

    private static func directory(_ picture: Picture, offset: Int, _ byteCount: Int) -> TIFFWriter.Directory {
        let channels = picture.format.channels
        let depth = 8 * picture.format.bytesPerSample
        return [
            (.newSubfileType, .longs([0])),
            (.imageWidth, .longs([picture.width])),
            (.imageLength, .longs([picture.height])),
            (.bitsPerSample, .shorts([Int](repeating: depth, count: channels))),
            (.compression, .shorts([1])),
            (.photometricInterpretation, .shorts([channels == 1 ? 1 : 2])),
            (.stripOffsets, .longs([offset])),
            (.samplesPerPixel, .shorts([channels])),
            (.rowsPerStrip, .longs([picture.height])),
            (.stripByteCounts, .longs([byteCount])),
            (.planarConfiguration, .shorts([1])),
            (.software, .text("Fovea")),
        ]
    }
}
