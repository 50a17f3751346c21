import Codecs
import Imaging
import Tensors
import TestSupport
import Testing

@Suite("Writing TIFF")
struct TIFFEncoderTests {
    @Test("keeps every sample of every format", arguments: Picture.Format.allCases)
    func roundTrip(format: Picture.Format) throws {
        var random = SplitMix64(seed: 2)
        for (width, height) in [(1, 1), (7, 5), (33, 2)] {
            // Rows are padded in memory, not in the file.
            let rowStride = width * format.bytesPerPixel + 6
            let bytes = (0..<rowStride * height).map { _ in UInt8.random(in: 0...255, using: &random) }
            let picture = Picture(
                width: width, height: height, format: format, rowStride: rowStride, storage: ByteStorage(bytes))
            guard case .picture(let found, .up) = try TIFFDecoder.decode(ByteStorage(TIFFEncoder.encode(picture)))
            else { throw CodecError.argument(field: "picture", detail: "is none") }
            #expect((found.width, found.height, found.format) == (width, height, format))
            for y in 0..<height {
                let count = width * format.bytesPerPixel
                #expect(
                    Array(UnsafeRawBufferPointer(start: found.row(y), count: count))
                        == Array(UnsafeRawBufferPointer(start: picture.row(y), count: count)))
            }
        }
    }
}
