import Codecs
import Imaging
import Tensors
import Testing

/// Deflated and floating point samples: files of tifffile, and what its files do not have.
@Suite struct DNGDeflateTests {
    private func mosaic(bits: Int) -> [Int] {
        (0..<32).flatMap { y in (0..<40).map { x in (x * 37 + y * 101 + x * y) % (1 << bits) } }
    }

    private func deflated(_ bytes: [UInt8]) throws -> [UInt8] {
        let packed = try bytes.withUnsafeBytes { try Compression.deflate.compress($0, level: 9) }
        return withExtendedLifetime(packed) { Array(packed.bytes) }
    }

    @Test(
        "keeps integers and scales floating point samples to 16 bits",
        arguments: [
            ("deflate16.dng", 16, 16), ("deflate16_big.dng", 16, 16), ("deflate8.dng", 8, 8), ("float32.dng", 16, 16),
            ("float32_big.dng", 16, 16), ("float16.dng", 11, 16),
        ])
    func files(name: String, bits: Int, depth: Int) throws {
        let frame = try DNGDecoder.decode(fixture(name))
        #expect((frame.width, frame.height) == (40, 32))
        #expect(frame.pixelFormat == PixelFormat(cfa: .rggb, bitDepth: depth))
        let scale = bits == 11 ? 65535.0 / 2047 : 1
        #expect(frame.samples == mosaic(bits: bits).map { Int((Double($0) * scale).rounded()) })
        #expect(frame.whiteLevel == Double(1 << depth - 1))
        #expect(frame.noise == NoiseProfile(scale: SIMD3(1e-3, 2e-3, 3e-3), offset: SIMD3(1e-6, 2e-6, 3e-6)))
    }

    @Test("survives 5,000 files with changed bytes", arguments: ["deflate16.dng", "float32.dng"])
    func flips(name: String) throws {
        try Corruption.survivesFlips(of: fixture(name).array, count: 5000) {
            _ = try ImageDecoder.decode($0, limits: tightLimits)
        }
    }

    @Test("refuses a file that was cut off anywhere", arguments: ["deflate16_big.dng", "float32.dng"])
    func truncation(name: String) throws {
        let file = try fixture(name).array
        // What follows the last tile may go.
        var end = file.count
        while (try? ImageDecoder.decode(ByteStorage(Array(file[..<(end - 1)])))) != nil { end -= 1 }
        #expect(file.count - end < 400)
        Corruption.refusesEveryTruncation(of: Array(file[..<end])) { _ = try ImageDecoder.decode($0) }
    }

    @Test("undoes DNG's predictors over two and four columns", arguments: [(34892, 2), (34893, 4)])
    func widePredictors(code: Int, step: Int) throws {
        let samples = (0..<11 * 4).map { ($0 * 7919) % 65_536 }
        var builder = TIFFBuilder.mosaic(width: 11, height: 4, samples: samples)
        let differences = samples.enumerated().map { index, sample in
            index % 11 < step ? sample : (sample - samples[index - step]) & 0xFFFF
        }
        builder.entries[259] = .shorts([8])
        builder.entries[317] = .shorts([code])
        builder.chunks = [try deflated(differences.flatMap { builder.word($0) })]
        #expect(try DNGDecoder.decode(ByteStorage(builder.file)).samples == samples)
    }

    @Test("undoes the floating point predictors, on samples of 24 bits", arguments: [(3, 1), (34894, 2), (34895, 4)])
    func floats24(code: Int, step: Int) throws {
        // Sign, 7 bits of exponent, 16 of mantissa: 1 + m / 65536, halves of it, and so on.
        let width = 9
        let bits = (0..<2 * width).map { (63 - $0 % 5) << 16 | ($0 * 4099) & 0xFFFF }
        let expected = bits.map { bits -> Int in
            let value = (1 + Double(bits & 0xFFFF) / 65536) * [1, 0.5, 0.25, 0.125, 0.0625][63 - bits >> 16]
            return Int((min(value / 2, 1) * 65535).rounded(.toNearestOrEven))
        }
        var bytes: [UInt8] = []
        for row in 0..<2 {
            let line = bits[(row * width)..<((row + 1) * width)]
            let planes = [16, 8, 0].flatMap { shift in line.map { UInt8($0 >> shift & 255) } }
            bytes += planes.indices.map { $0 < step ? planes[$0] : planes[$0] &- planes[$0 - step] }
        }
        var builder = TIFFBuilder.mosaic(width: width, height: 2, samples: [])
        builder.entries[258] = .shorts([24])
        builder.entries[259] = .shorts([8])
        builder.entries[317] = .shorts([code])
        builder.entries[339] = .shorts([3])
        builder.entries[50717] = .shorts([2])
        builder.chunks = [try deflated(bytes)]
        #expect(try DNGDecoder.decode(ByteStorage(builder.file)).samples == expected)
    }

    @Test("uncompressed floats: what is below 0, beyond white or no number is clipped")
    func oddFloats() throws {
        let values: [Float] = [0, -1, 0.5, 2, .infinity, -.infinity, .nan, 1e-40]
        var builder = TIFFBuilder.mosaic(width: 4, height: 2, samples: [])
        builder.entries[258] = .shorts([32])
        builder.entries[339] = .shorts([3])
        builder.chunks = [values.flatMap { builder.long(Int($0.bitPattern)) }]
        #expect(try DNGDecoder.decode(ByteStorage(builder.file)).samples == [0, 0, 32768, 65535, 65535, 0, 0, 0])
    }

    @Test("refuses too little, too much, and a bomb before it makes room for it")
    func sizes() throws {
        func decode(_ bytes: Int, width: Int = 8, height: Int = 8) throws {
            var builder = TIFFBuilder.mosaic(width: width, height: height, samples: [])
            builder.entries[259] = .shorts([8])
            builder.chunks = [try deflated([UInt8](repeating: 3, count: bytes))]
            _ = try DNGDecoder.decode(ByteStorage(builder.file))
        }
        try decode(128)
        for count in [0, 127, 129, 100_000] { #expect(throws: CodecError.self) { try decode(count) } }
        #expect {
            try decode(1000, width: 8000, height: 8000)
        } throws: {
            if case .malformed("DNG", "StripByteCounts", _) = $0 as? CodecError { true } else { false }
        }
    }
}
