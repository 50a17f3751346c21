import CKernels
import ISP
import Imaging
import Tensors
import TestSupport
import Testing

/// Bilinear demosaic straight from stored samples.
@Suite struct StoredBilinearTests {
    typealias Kernel<Sample> = (
        UnsafePointer<UnsafePointer<Sample>?>?, Int, UInt32, Int32, UnsafeMutablePointer<Sample>?
    ) -> Void

    struct Level: CustomTestStringConvertible, @unchecked Sendable {
        var name: String
        var bytes: Kernel<UInt8>
        var words: Kernel<UInt16>
        var testDescription: String { name }
    }

    static let levels: [Level] = {
        var levels = [
            Level(name: "portable", bytes: ck_u8_bilinear_rgb8__portable, words: ck_u16_bilinear_rgb16__portable)
        ]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue {
            levels.append(Level(name: "avx2", bytes: ck_u8_bilinear_rgb8__avx2, words: ck_u16_bilinear_rgb16__avx2))
        }
        if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue {
            levels.append(
                Level(name: "avx512", bytes: ck_u8_bilinear_rgb8__avx512, words: ck_u16_bilinear_rgb16__avx512))
        }
        #endif
        return levels
    }()

    private func check<Sample: FixedWidthInteger & UnsignedInteger>(
        _ kernel: Kernel<Sample>, width: Int, cfa: CFAPattern, _ type: Sample.Type
    ) {
        var random = SplitMix64(seed: UInt64(width))
        let height = 4
        // Extremes now and then, where a carry would show.
        let samples = (0..<height * width).map { _ in
            [Sample.random(in: 0...Sample.max, using: &random), 0, .max].randomElement(using: &random) ?? 0
        }
        let naive = NaiveDemosaic(
            mosaic: (0..<height).map { y in samples[y * width..<(y + 1) * width].map { UInt16($0) } }, cfa: cfa)
        samples.withUnsafeBufferPointer { samples in
            for y in 0..<height {
                let rows = [abs(y - 1), y, y + 1 < height ? y + 1 : height - 2].map {
                    samples.baseAddress.map { [offset = $0 * width] in $0 + offset }
                }
                var out = [Sample](repeating: 0x5A, count: 3 * width + 1)
                let isRed = y & 1 == cfa.redSite.row
                let phase = isRed ? cfa.redSite.column : 1 - cfa.redSite.column
                kernel(rows, width, UInt32(phase), isRed ? 1 : 0, &out)
                #expect(out.dropLast().map { Int($0) } == (0..<width).flatMap { naive.bilinear(y, $0) })
                #expect(out.last == 0x5A, "wrote past the end")
            }
        }
    }

    @Test(
        "agrees with the plain means at every level and width", arguments: levels,
        [2, 3, 15, 16, 17, 18, 33, 34, 35, 63, 64, 65, 66, 67, 101, 130, 257])
    func kernels(level: Level, width: Int) {
        for cfa in CFAPattern.allCases {
            check(level.bytes, width: width, cfa: cfa, UInt8.self)
            check(level.words, width: width, cfa: cfa, UInt16.self)
        }
    }

    @Test(
        "a demosaic of 8 or 16-bit samples as they are takes it, from any stride, and turns upright",
        arguments: [8, 16], [Orientation.up, .left])
    func picture(bitDepth: Int, orientation: Orientation) throws {
        let (width, height, stride) = (97, 50, 97 * bitDepth / 8 + 6)
        var random = SplitMix64(seed: 3)
        let bytes = (0..<stride * height + 2).map { _ in UInt8.random(in: 0...255, using: &random) }
        func frame(_ offset: Int, _ storage: [UInt8]) -> RawFrame {
            RawFrame(
                width: width, height: height, pixelFormat: PixelFormat(cfa: .gbrg, bitDepth: bitDepth),
                rowStride: stride, storage: ByteStorage(storage), byteOffset: offset, orientation: orientation)
        }
        let format: Picture.Format = bitDepth == 8 ? .rgb8 : .rgb16
        let found = try demosaicOnly(frame(2, bytes), method: .bilinear, domain: .linear, format: format)
        // At an odd address the samples go the long way.
        let shifted = frame(1, Array(bytes.dropFirst()))
        let expected = try demosaicOnly(shifted, method: .bilinear, domain: .linear, format: format)
        #expect(found.allSamples == expected.allSamples)
    }
}
