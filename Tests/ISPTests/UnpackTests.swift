import CKernels
import ISP
import Imaging
import TestSupport
import Testing

private typealias Unpack = (UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt16>?) -> Void

private struct UnpackKernel: CustomTestStringConvertible, @unchecked Sendable {
    var level: String
    var packing: PixelFormat.Packing
    var bitDepth: Int
    var run: Unpack

    var testDescription: String { "\(packing.rawValue) \(bitDepth) \(level)" }

    static let all: [UnpackKernel] = {
        var kernels = [
            UnpackKernel(level: "portable", packing: .unpacked, bitDepth: 8, run: ck_u16_unpack_8__portable),
            UnpackKernel(level: "portable", packing: .unpacked, bitDepth: 16, run: ck_u16_unpack_16__portable),
            UnpackKernel(level: "portable", packing: .csi2, bitDepth: 10, run: ck_u16_unpack_csi2_10__portable),
            UnpackKernel(level: "portable", packing: .csi2, bitDepth: 12, run: ck_u16_unpack_csi2_12__portable),
            UnpackKernel(level: "portable", packing: .csi2, bitDepth: 14, run: ck_u16_unpack_csi2_14__portable),
            UnpackKernel(level: "portable", packing: .lsb, bitDepth: 10, run: ck_u16_unpack_lsb_10__portable),
            UnpackKernel(level: "portable", packing: .lsb, bitDepth: 12, run: ck_u16_unpack_lsb_12__portable),
            UnpackKernel(level: "portable", packing: .lsb, bitDepth: 14, run: ck_u16_unpack_lsb_14__portable),
            UnpackKernel(level: "portable", packing: .gigeVision, bitDepth: 10, run: ck_u16_unpack_gige_10__portable),
            UnpackKernel(level: "portable", packing: .gigeVision, bitDepth: 12, run: ck_u16_unpack_gige_12__portable),
        ]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue {
            kernels += [
                UnpackKernel(level: "avx2", packing: .unpacked, bitDepth: 8, run: ck_u16_unpack_8__avx2),
                UnpackKernel(level: "avx2", packing: .csi2, bitDepth: 10, run: ck_u16_unpack_csi2_10__avx2),
                UnpackKernel(level: "avx2", packing: .csi2, bitDepth: 12, run: ck_u16_unpack_csi2_12__avx2),
                UnpackKernel(level: "avx2", packing: .lsb, bitDepth: 10, run: ck_u16_unpack_lsb_10__avx2),
                UnpackKernel(level: "avx2", packing: .lsb, bitDepth: 12, run: ck_u16_unpack_lsb_12__avx2),
                UnpackKernel(level: "avx2", packing: .gigeVision, bitDepth: 10, run: ck_u16_unpack_gige_10__avx2),
                UnpackKernel(level: "avx2", packing: .gigeVision, bitDepth: 12, run: ck_u16_unpack_gige_12__avx2),
            ]
        }
        if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue {
            kernels += [
                UnpackKernel(level: "avx512", packing: .csi2, bitDepth: 10, run: ck_u16_unpack_csi2_10__avx512),
                UnpackKernel(level: "avx512", packing: .csi2, bitDepth: 12, run: ck_u16_unpack_csi2_12__avx512),
                UnpackKernel(level: "avx512", packing: .lsb, bitDepth: 10, run: ck_u16_unpack_lsb_10__avx512),
                UnpackKernel(level: "avx512", packing: .lsb, bitDepth: 12, run: ck_u16_unpack_lsb_12__avx512),
                UnpackKernel(level: "avx512", packing: .gigeVision, bitDepth: 10, run: ck_u16_unpack_gige_10__avx512),
                UnpackKernel(level: "avx512", packing: .gigeVision, bitDepth: 12, run: ck_u16_unpack_gige_12__avx512),
            ]
        }
        #endif
        return kernels
    }()
}

@Suite("Unpacking raw rows")
struct UnpackTests {
    @Test("gives back what was packed, at every width, and writes nothing past the row", arguments: UnpackKernel.all)
    private func roundTrip(kernel: UnpackKernel) {
        let format = PixelFormat(cfa: .rggb, bitDepth: kernel.bitDepth, packing: kernel.packing)
        var random = SplitMix64(seed: UInt64(kernel.bitDepth))
        for width in 1...130 {
            let samples = (0..<width).map { _ in UInt16.random(in: 0...UInt16(format.maximumSample), using: &random) }
            // An exact allocation, so that a sanitizer sees any byte read past the row.
            let bytes = format.pack(samples)
            let canary: UInt16 = 0xbeef
            var target = [UInt16](repeating: canary, count: width + 40)
            kernel.run(bytes, width, &target)
            #expect(Array(target[..<width]) == samples, "width \(width)")
            #expect(target[width...].allSatisfy { $0 == canary }, "width \(width)")
        }
    }

    @Test("reads every named pixel format through a frame with padded rows", arguments: PixelFormat.all)
    func frames(format: PixelFormat) {
        var random = SplitMix64(seed: 7)
        let samples = (0..<3).map { _ in
            (0..<37).map { _ in UInt16.random(in: 0...UInt16(format.maximumSample), using: &random) }
        }
        let frame = RawFrame(samples: samples, pixelFormat: format, padding: 6)
        for y in 0..<3 {
            var row = [UInt16](repeating: 0, count: 37)
            frame.unpackRow(y, into: &row)
            #expect(row == samples[y])
        }
    }

    @Test("keeps the three ways to pack ten bits apart")
    func knownBytes() {
        // 0x3a5, 0x0f1, 0x2c3, 0x11e by hand.
        let samples: [UInt16] = [0x3a5, 0x0f1, 0x2c3, 0x11e]
        let expected: [(PixelFormat.Packing, [UInt8])] = [
            (.csi2, [0xe9, 0x3c, 0xb0, 0x47, 0b10_11_01_01]),
            (.lsb, [0xa5, 0xc7, 0x33, 0xac, 0x47]),
            (.gigeVision, [0xe9, 0x11, 0x3c, 0xb0, 0x23, 0x47]),
        ]
        for (packing, bytes) in expected {
            let format = PixelFormat(cfa: .rggb, bitDepth: 10, packing: packing)
            #expect(format.pack(samples) == bytes)
        }
    }
}
