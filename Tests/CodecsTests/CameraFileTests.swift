import Codecs
import Imaging
import Tensors
import TestSupport
import Testing

/// Files through LibRaw. It reads DNG too, so that what it gives can be compared with our own decoder.
@Suite(.enabled(if: CameraFile.missing == nil, "LibRaw (Debian: libraw20) is not installed"))
struct CameraFileTests {
    @Test(
        "gives the samples, levels, gains and orientation that our own decoder gives",
        arguments: [
            "pidng_packed10.dng", "pidng_packed12.dng", "pidng_words16.dng", "lossless12_tiles.dng",
            "lossless16_tiles.dng",
        ])
    func bothWays(name: String) throws {
        let bytes = try fixture(name)
        let (theirs, ours) = (try CameraFile.decode(bytes), try DNGDecoder.decode(bytes))
        #expect((theirs.width, theirs.height) == (ours.width, ours.height))
        #expect(theirs.samples == ours.samples)
        #expect(theirs.pixelFormat.cfa == ours.pixelFormat.cfa)
        #expect(theirs.blackLevel == ours.blackLevel && theirs.whiteLevel == ours.whiteLevel)
        #expect(theirs.orientation == ours.orientation)
        if let gains = ours.whiteBalanceGains {
            let found = try #require(theirs.whiteBalanceGains)
            for index in 0..<3 { #expect(abs(found[index] - gains[index]) < 1e-5) }
        }
    }

    @Test("a matrix turns white into white")
    func matrix() throws {
        let matrix = try #require(try CameraFile.decode(fixture("pidng_words16.dng")).cameraToSRGB)
        let white = matrix * SIMD3(1, 1, 1)
        for index in 0..<3 { #expect(abs(white[index] - 1) < 1e-9) }
    }

    /// The bytes of a TIFF/EP file of a camera: a mosaic without DNG's version.
    private func ownKind(_ samples: [Int]) -> [UInt8] {
        var builder = TIFFBuilder.mosaic(width: 32, height: 32, samples: samples)
        builder.entries[50706] = nil
        builder.entries[271] = .bytes(Array("Example\0".utf8))
        return builder.file
    }

    @Test("a camera's own TIFF is read, by whom ever can")
    func ownTIFF() throws {
        let samples = (0..<1024).map { $0 * 61 % 65_536 }
        guard case .raw(let frame) = try ImageDecoder.decode(ByteStorage(ownKind(samples))) else {
            Issue.record("no raw frame")
            return
        }
        #expect(frame.samples == samples)
    }

    @Test("refuses what LibRaw does not know, and all when switched off")
    func refusals() throws {
        for text in ["FUJIFILMCCD-RAW 0201", "IIU\0 and nothing else", "0000ftypcrx 00000000"] {
            let bytes = ByteStorage(Array(text.utf8))
            #expect(throws: CodecError.self) { try ImageDecoder.decode(bytes) }
        }
        var limits = DecodeLimits.standard
        limits.readsCameraFiles = false
        #expect {
            try ImageDecoder.decode(ByteStorage(Array("FUJIFILMCCD-RAW 0201".utf8)), limits: limits)
        } throws: {
            if case .unsupported("camera file", _, _) = $0 as? CodecError { true } else { false }
        }
    }

    @Test("checks the size before it unpacks")
    func limits() throws {
        let bytes = try fixture("pidng_words16.dng")
        let small = DecodeLimits(maximumPixelCount: 1000)
        #expect {
            try CameraFile.decode(bytes, limits: small)
        } throws: {
            if case .limitExceeded = $0 as? CodecError { true } else { false }
        }
        var asked = DecodeLimits.standard
        asked.admit = { (count) throws(CodecError) in
            throw CodecError.limitExceeded(format: "test", field: "pixels", limit: 0, value: count)
        }
        #expect(throws: CodecError.limitExceeded(format: "test", field: "pixels", limit: 0, value: 64 * 48)) {
            try CameraFile.decode(bytes, limits: asked)
        }
    }

    @Test("survives files that were cut off", arguments: ["pidng_packed12.dng", "lossless12_tiles.dng"])
    func truncation(name: String) throws {
        let file = try fixture(name).array
        for count in Swift.stride(from: 0, to: file.count, by: 37) {
            _ = try? CameraFile.decode(ByteStorage(Array(file[..<count])), limits: tightLimits)
        }
    }
}
