import Codecs
import Imaging
import Tensors
import Testing

@Suite("DNG")
struct DNGTests {
    @Test("keeps every sample of every pixel format", arguments: PixelFormat.all)
    func roundTrip(format: PixelFormat) throws {
        for (width, height, padding) in [(2, 2, 0), (7, 5, 4), (34, 21, 0)] {
            var frame = RawFrame.noise(width: width, height: height, format: format, padding: padding)
            frame.whiteLevel = Double(format.maximumSample - 3)
            for storage in [DNGEncoder.SampleStorage.packed, .words] {
                let file = ByteStorage(try DNGEncoder.encode(frame, storage: storage))
                let decoded = try DNGDecoder.decode(file)
                #expect((decoded.width, decoded.height) == (width, height))
                #expect(decoded.samples == frame.samples, "\(width)×\(height) \(storage)")
                let depth = storage == .packed || format.bitDepth == 8 ? format.bitDepth : 16
                #expect(decoded.pixelFormat == PixelFormat(cfa: format.cfa, bitDepth: depth))
                #expect(decoded.whiteLevel == frame.whiteLevel)
            }
        }
    }

    @Test("keeps levels, gains, matrices and orientation", arguments: Orientation.allCases)
    func metadata(orientation: Orientation) throws {
        var frame = RawFrame.noise(width: 8, height: 6, format: PixelFormat(cfa: .bggr, bitDepth: 12))
        frame.blackLevel = [60, 60.5, 61, 62.25]
        frame.whiteLevel = 4000
        frame.whiteBalanceGains = SIMD3(2, 1, 1.6)
        frame.orientation = orientation
        let matrix = ColorMatrix([1.25, -0.5, -0.125, -0.25, 1.5, 0.0625, 0, -0.25, 0.75])
        let forward = ColorMatrix([0.5, 0.25, 0.25, 0.25, 0.75, 0, 0, 0.125, 0.75])
        frame.color = SensorColor(calibrations: [
            .init(temperature: 2856, xyzToCamera: matrix),
            .init(temperature: 6504, xyzToCamera: matrix, cameraToXYZD50: forward),
        ])
        let decoded = try DNGDecoder.decode(ByteStorage(DNGEncoder.encode(frame)))
        #expect(decoded.blackLevel == frame.blackLevel)
        #expect(decoded.whiteLevel == 4000)
        #expect(decoded.whiteBalanceGains == SIMD3(2, 1, 1.6))
        #expect(decoded.color == frame.color)
        #expect(decoded.orientation == orientation)
    }

    @Test("gives a camera matrix that agrees with the gains when only camera to sRGB is known")
    func derivedMatrix() throws {
        var frame = RawFrame.noise(width: 8, height: 6, format: PixelFormat(cfa: .rggb, bitDepth: 10))
        frame.whiteBalanceGains = SIMD3(1.8, 1, 1.5)
        frame.cameraToSRGB = ColorMatrix([1.6, -0.4, -0.2, -0.3, 1.5, -0.2, 0, -0.6, 1.6])
        let decoded = try DNGDecoder.decode(ByteStorage(DNGEncoder.encode(frame)))
        let calibration = try #require(decoded.color?.calibrations.first)
        let white = try #require(calibration.xyzToCamera) * SIMD3(0.95047, 1, 1.08883)
        let gains = try #require(decoded.whiteBalanceGains)
        #expect(abs(white.y / white.x - gains.x) < 1e-3)
        #expect(abs(white.y / white.z - gains.z) < 1e-3)
        // A balanced white becomes D50.
        let d50 = try #require(calibration.cameraToXYZD50) * SIMD3(1, 1, 1)
        #expect(abs(d50.x - 0.9642) < 1e-3 && abs(d50.y - 1) < 1e-3 && abs(d50.z - 0.8252) < 1e-3)
    }

    @Test("writes the same bytes for the same frame")
    func deterministic() throws {
        let frame = RawFrame.noise(width: 64, height: 48, format: PixelFormat(cfa: .grbg, bitDepth: 10, packing: .csi2))
        #expect(try DNGEncoder.encode(frame) == DNGEncoder.encode(frame))
    }

    @Test("shares the file's bytes when samples are little-endian words or bytes", arguments: [8, 16])
    func zeroCopy(bitDepth: Int) throws {
        let frame = RawFrame.noise(width: 16, height: 8, format: PixelFormat(cfa: .rggb, bitDepth: bitDepth))
        let file = ByteStorage(try DNGEncoder.encode(frame))
        let decoded = try DNGDecoder.decode(file)
        #expect(decoded.storage === file)
        #expect(decoded.byteOffset % 4096 == 0)
    }

    @Test("reads strips and tiles in either byte order", arguments: [false, true], [false, true])
    func layouts(isBigEndian: Bool, isTiled: Bool) throws {
        let samples = (0..<10 * 7).map { $0 * 911 % 65_536 }
        var builder = TIFFBuilder.mosaic(width: 10, height: 7, samples: samples, isBigEndian: isBigEndian)
        if isTiled {
            builder.offsetTag = 324
            builder.entries[278] = nil
            builder.entries[322] = .longs([4])
            builder.entries[323] = .longs([4])
            builder.chunks = [0, 4].flatMap { top in
                [0, 4, 8].map { left in
                    (0..<16).flatMap { index -> [UInt8] in
                        let (x, y) = (left + index % 4, top + index / 4)
                        return builder.word(x < 10 && y < 7 ? samples[y * 10 + x] : 0xDEAD)
                    }
                }
            }
        } else {
            builder.entries[278] = .longs([3])
            let bytes = builder.chunks[0]
            // A gap between strips forbids sharing the bytes.
            builder.chunks = [Array(bytes[..<60]) + [1, 2], Array(bytes[60..<120]), Array(bytes[120...])]
        }
        #expect(try DNGDecoder.decode(ByteStorage(builder.file)).samples == samples)
    }

    @Test("unpacks every depth from 8 to 16 bits, most significant bit first", arguments: 8...16, [1, 4, 7, 33])
    func depths(depth: Int, columns: Int) throws {
        let width = columns + 1
        let samples = (0..<width * 2).map { ($0 * 2_654_435_761) >> 7 & (1 << depth - 1) }
        var builder = TIFFBuilder.mosaic(width: width, height: 2, samples: samples, isBigEndian: true)
        if depth != 16 {
            builder.entries[258] = .shorts([depth])
            builder.chunks = [
                (0..<2).flatMap { row in
                    var bits = samples[(row * width)..<((row + 1) * width)].flatMap { sample in
                        (0..<depth).reversed().map { UInt8(sample >> $0 & 1) }
                    }
                    bits += [UInt8](repeating: 1, count: (8 - bits.count % 8) % 8)
                    return stride(from: 0, to: bits.count, by: 8).map { bits[$0..<$0 + 8].reduce(0) { $0 << 1 | $1 } }
                }
            ]
        }
        let frame = try DNGDecoder.decode(ByteStorage(builder.file))
        #expect(frame.samples == samples)
        #expect(frame.whiteLevel == Double(1 << depth - 1))
    }

    @Test("crops to the active area and default crop, and shifts colours and black levels with the crop")
    func crop() throws {
        let samples = (0..<12 * 10).map { $0 * 300 + 400 }
        var builder = TIFFBuilder.mosaic(width: 12, height: 10, samples: samples)
        builder.entries[50829] = .longs([1, 2, 9, 12])
        builder.entries[50719] = .rationals([(3, 1), (2, 1)])
        builder.entries[50720] = .longs([6, 5])
        builder.entries[50713] = .shorts([2, 2])
        builder.entries[50714] = .shorts([10, 20, 30, 40])
        let frame = try DNGDecoder.decode(ByteStorage(builder.file))
        #expect((frame.width, frame.height) == (6, 5))
        let expected = (3..<8).flatMap { y in samples[(12 * y + 5)..<(12 * y + 11)] }
        #expect(frame.samples == expected)
        // The pattern starts at the active area, so three columns on it is one column on.
        #expect(frame.pixelFormat.cfa == .grbg)
        #expect(frame.blackLevel == [20, 10, 40, 30])
    }

    @Test("applies the linearization table before anything else")
    func linearization() throws {
        let samples = [0, 1, 2, 3, 4, 5, 6, 999]
        var builder = TIFFBuilder.mosaic(width: 4, height: 2, samples: samples)
        builder.entries[50712] = .shorts([0, 10, 40, 90, 160, 250])
        let frame = try DNGDecoder.decode(ByteStorage(builder.file))
        #expect(frame.samples == [0, 10, 40, 90, 160, 250, 250, 250])
        #expect(frame.whiteLevel == 250)
        #expect(frame.pixelFormat == PixelFormat(cfa: .rggb, bitDepth: 16))
    }

    @Test("reads black level as rational, one for all or by column")
    func blackLevels() throws {
        var builder = TIFFBuilder.mosaic(width: 4, height: 2, samples: [Int](repeating: 500, count: 8))
        builder.entries[50714] = .rationals([(129, 2)])
        #expect(try DNGDecoder.decode(ByteStorage(builder.file)).blackLevel == [64.5, 64.5, 64.5, 64.5])
        builder.entries[50713] = .shorts([1, 2])
        builder.entries[50714] = .longs([60, 70])
        builder.entries[50716] = .signedRationals([(1, 1), (3, 1)])
        #expect(try DNGDecoder.decode(ByteStorage(builder.file)).blackLevel == [62, 72, 62, 72])
    }

    @Test("takes the white balance from AsShotWhiteXY through the colour matrix")
    func whiteXY() throws {
        var builder = TIFFBuilder.mosaic(width: 4, height: 2, samples: [Int](repeating: 500, count: 8))
        builder.entries[50721] = .signedRationals([
            (1, 2), (0, 1), (0, 1), (0, 1), (1, 1), (0, 1), (0, 1), (0, 1), (1, 2),
        ])
        builder.entries[50778] = .shorts([21])
        builder.entries[50729] = .rationals([(1, 3), (1, 3)])
        let gains = try #require(try DNGDecoder.decode(ByteStorage(builder.file)).whiteBalanceGains)
        #expect(abs(gains.x - 2) < 1e-9 && gains.y == 1 && abs(gains.z - 2) < 1e-9)
    }

    @Test(
        "names the tag of what is not read",
        arguments: [
            (259, TIFFBuilder.Value.shorts([34892]), "Compression"), (258, .shorts([32]), "BitsPerSample"),
            (33421, .shorts([6, 6]), "CFARepeatPatternDim"), (33422, .bytes([0, 1, 2, 3]), "CFAPattern"),
            (50711, .shorts([2]), "CFALayout"), (339, .shorts([2]), "SampleFormat"), (317, .shorts([2]), "Predictor"),
            (317, .shorts([9]), "Predictor"),
            (277, .shorts([3]), "SamplesPerPixel"), (50713, .shorts([4, 4]), "BlackLevelRepeatDim"),
            (262, .shorts([6]), "PhotometricInterpretation"), (266, .shorts([2]), "FillOrder"),
        ])
    func unsupported(tag: Int, value: TIFFBuilder.Value, name: String) throws {
        var builder = TIFFBuilder.mosaic(width: 4, height: 4, samples: [Int](repeating: 9, count: 48))
        builder.entries[tag] = value
        let error = #expect(throws: CodecError.self) { try DNGDecoder.decode(ByteStorage(builder.file)) }
        guard case .unsupported("DNG", field: name, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        "names the tag of what is wrong",
        arguments: [
            (256, TIFFBuilder.Value.longs([0]), "width"), (278, .longs([0]), "RowsPerStrip"),
            (50829, .longs([0, 0, 5, 4]), "ActiveArea"), (50720, .longs([5, 4]), "DefaultCropSize"),
            (50714, .shorts([65_535]), "BlackLevel"), (50728, .rationals([(1, 1), (1, 0), (1, 1)]), "AsShotNeutral"),
            (50721, .signedRationals([(1, 1)]), "ColorMatrix1"), (50714, .shorts([1, 2]), "BlackLevel"),
        ])
    func malformed(tag: Int, value: TIFFBuilder.Value, name: String) throws {
        var builder = TIFFBuilder.mosaic(width: 4, height: 4, samples: [Int](repeating: 9, count: 16))
        builder.entries[tag] = value
        let error = #expect(throws: CodecError.self) { try DNGDecoder.decode(ByteStorage(builder.file)) }
        guard case .malformed("DNG", field: name, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("refuses sizes, counts and offsets that the file cannot hold")
    func bombs() throws {
        func decode(_ change: (inout TIFFBuilder) -> Void) throws {
            var builder = TIFFBuilder.mosaic(width: 4, height: 4, samples: [Int](repeating: 9, count: 16))
            change(&builder)
            _ = try DNGDecoder.decode(ByteStorage(builder.file))
        }
        let huge = 0xFFFF_FFFF
        let changes: [(inout TIFFBuilder) -> Void] = [
            { $0.entries[256] = .longs([huge]) },
            { $0.entries[257] = .longs([huge]) },
            {
                $0.entries[256] = .longs([32_768])
                $0.entries[257] = .longs([4096])
            },
            {
                $0.entries[273] = .longs([huge])
                $0.entries[279] = .longs([huge])
                $0.offsetTag = 0
            },
            {
                $0.entries[278] = .longs([1])
                $0.chunks = [$0.chunks[0]]
            },
            {
                $0.offsetTag = 324
                $0.entries[322] = .longs([huge])
                $0.entries[323] = .longs([huge])
            },
            { $0.nextDirectory = 8 },
            { $0.entries[330] = .longs([8]) },
            { $0.entries[330] = .longs([Int](repeating: 8, count: 100)) },
            { $0.nextDirectory = huge },
        ]
        for (index, change) in changes.enumerated() {
            #expect(throws: CodecError.self, "case \(index)") { try decode(change) }
        }
    }

    @Test("refuses an entry that counts four thousand million values")
    func hugeCount() throws {
        let builder = TIFFBuilder.mosaic(width: 4, height: 4, samples: [Int](repeating: 9, count: 16))
        let file = builder.file
        // Entries start after the header and the count of entries; each one's value count is its second word.
        for entry in 0..<Int(file[8]) {
            var broken = file
            let count = 10 + 12 * entry + 4
            broken.replaceSubrange(count..<count + 4, with: [0xFF, 0xFF, 0xFF, 0xFF])
            // NewSubfileType and DNGVersion are looked at only for what they are; the rest must be refused.
            do {
                _ = try DNGDecoder.decode(ByteStorage(broken))
                #expect([file[10 + 12 * entry], file[11 + 12 * entry]] == [0x12, 0xC6])
            } catch {
                continue
            }
        }
    }

    @Test(
        "refuses a file that was cut off anywhere",
        arguments: ["lossless12_tiles.dng", "pidng_packed10.dng", "rgb.tiff"])
    func truncation(name: String) throws {
        let file = try fixture(name).array
        // Bytes after the last strip or tile may go: find where the file stops being readable.
        var end = file.count
        while (try? ImageDecoder.decode(ByteStorage(Array(file[..<(end - 1)])))) != nil { end -= 1 }
        #expect(file.count - end < 400)
        Corruption.refusesEveryTruncation(of: Array(file[..<end])) { _ = try ImageDecoder.decode($0) }
    }

    @Test(
        "survives 10,000 files with changed bytes",
        arguments: ["lossless12_tiles.dng", "pidng_packed10.dng", "rgb.tiff"])
    func flips(name: String) throws {
        // All of the directory, little of the samples.
        let file = try fixture(name).array
        try Corruption.survivesFlips(of: file) { _ = try ImageDecoder.decode($0, limits: tightLimits) }
        var generated = TIFFBuilder.mosaic(width: 6, height: 4, samples: [Int](repeating: 9, count: 24))
        generated.entries[50829] = .longs([0, 0, 4, 6])
        generated.entries[50712] = .shorts([0, 10, 40, 90])
        try Corruption.survivesFlips(of: generated.file) { _ = try ImageDecoder.decode($0, limits: tightLimits) }
    }
}
