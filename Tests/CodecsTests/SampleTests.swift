import Codecs
import Imaging
import Tensors
import TestSupport
import Testing

@Suite("The sample frame")
struct SampleTests {
    private let folder = Repository.root + "/samples/border-collie"

    private func raw() throws -> RawFrame {
        let description = try RawDescription(json: ByteStorage.mapping(path: folder + "/frame.json").array)
        let bytes = try ByteStorage.mapping(path: folder + "/frame.raw")
        return try #require(ImageDecoder.decode(bytes, description: description).frame)
    }

    @Test("holds the same samples, levels and gains as DNG and as bare raw")
    func sameFrame() throws {
        let bare = try raw()
        let dng = try #require(ImageDecoder.decode(ByteStorage.mapping(path: folder + "/frame.dng")).frame)
        #expect((dng.width, dng.height) == (2592, 1968))
        #expect(dng.pixelFormat == PixelFormat(cfa: .grbg, bitDepth: 10))
        // Spelt out here: the plain loop over five million samples is the test's own.
        var differing = 0
        for y in 0..<bare.height {
            let packed = bare.storage.base + bare.byteOffset + y * bare.rowStride
            let words = (dng.storage.base + dng.byteOffset + y * dng.rowStride).assumingMemoryBound(to: UInt16.self)
            for x in 0..<bare.width {
                let high = UInt16(packed.load(fromByteOffset: x / 4 * 5 + x % 4, as: UInt8.self))
                let low = packed.load(fromByteOffset: x / 4 * 5 + 4, as: UInt8.self) >> UInt8(2 * (x % 4)) & 3
                if words[x] != high << 2 | UInt16(low) { differing += 1 }
            }
        }
        #expect(differing == 0)
        #expect(dng.blackLevel == bare.blackLevel && dng.whiteLevel == bare.whiteLevel)
        #expect(dng.orientation == .left && bare.orientation == .left)
        let (a, b) = try (#require(dng.whiteBalanceGains), #require(bare.whiteBalanceGains))
        #expect(abs(a.x - b.x) < 1e-5 && abs(a.z - b.z) < 1e-5)
        #expect(dng.color?.calibrations == bare.color?.calibrations)
    }

    @Test("is what the encoder makes of the bare raw")
    func sameBytes() throws {
        let encoded = try DNGEncoder.encode(raw())
        let committed = try ByteStorage.mapping(path: folder + "/frame.dng").array
        #expect(SHA256.hex(of: encoded) == SHA256.hex(of: committed))
    }
}
