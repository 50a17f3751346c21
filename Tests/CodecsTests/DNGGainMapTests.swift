import Codecs
import Imaging
import Tensors
import Testing

/// Lens shading in DNG files.
@Suite struct DNGGainMapTests {
    private static let grid = GainGrid(
        rows: 2, columns: 3, rowOrigin: -0.5, columnOrigin: 1.5, rowStep: 24, columnStep: 16,
        gains: [
            [1, 1.125, 1.25, 1.375, 1.5, 2], [3, 1, 1, 1, 1, 1], [1, 1, 4, 1, 1, 1], [1, 1, 1, 1, 5, 1],
        ])

    /// Big-endian opcodes, one gain map for each given site.
    private static func opcodes(
        sites: [Int], rows: Int = 2, columns: Int = 2, planes: Int = 1, pitch: Int = 2, spacing: Double = 1,
        gain: (Int) -> Float = { 1 + Float($0) }, count: Int? = nil, length: Int? = nil
    ) -> [UInt8] {
        func long(_ value: Int) -> [UInt8] {
            let bigEndian = UInt32(truncatingIfNeeded: value).bigEndian
            return withUnsafeBytes(of: bigEndian) { Array($0) }
        }
        func double(_ value: Double) -> [UInt8] {
            withUnsafeBytes(of: value.bitPattern.bigEndian) { Array($0) }
        }
        // An opcode that is passed over comes first.
        var bytes = [count ?? sites.count + 1, 99, 14, 1, 4, 77].flatMap(long)
        for site in sites {
            var map = [site / 2, site % 2, 8, 8, 0, 1, pitch, pitch, rows, columns].flatMap(long)
            for number in [spacing, spacing, 0, 0] { map += double(number) }
            map += long(planes)
            for _ in 0..<min(rows * columns * planes, 100) { map += long(Int(gain(site).bitPattern)) }
            bytes += [9, 0x0103_0000, 1, length ?? map.count].flatMap(long) + map
        }
        return bytes
    }

    private func decode(_ opcodes: [UInt8], _ change: (inout TIFFBuilder) -> Void = { _ in }) throws -> RawFrame {
        var builder = TIFFBuilder.mosaic(width: 12, height: 10, samples: [Int](repeating: 500, count: 120))
        builder.entries[51009] = .bytes(opcodes)
        change(&builder)
        return try DNGDecoder.decode(ByteStorage(builder.file))
    }

    @Test("a frame's gains survive a round trip")
    func roundTrip() throws {
        var frame = RawFrame.noise(width: 50, height: 40, format: PixelFormat(cfa: .grbg, bitDepth: 10))
        frame.lensShading = Self.grid
        let found = try #require(try DNGDecoder.decode(ByteStorage(DNGEncoder.encode(frame))).lensShading)
        #expect((found.rows, found.columns) == (2, 3))
        #expect(found.gains == Self.grid.gains)
        for (a, b) in [
            (found.rowOrigin, -0.5), (found.columnOrigin, 1.5), (found.rowStep, 24), (found.columnStep, 16),
        ] { #expect(abs(a - b) < 1e-9) }
    }

    @Test("maps count from the active area, sites from the crop")
    func crop() throws {
        let frame = try decode(Self.opcodes(sites: [0, 1, 2, 3])) { builder in
            builder.entries[50829] = .longs([1, 2, 9, 12])
            builder.entries[50719] = .rationals([(3, 1), (2, 1)])
            builder.entries[50720] = .longs([6, 5])
        }
        let grid = try #require(frame.lensShading)
        // Three columns and two rows into an active area of 10×8.
        #expect(grid.gains.map { $0[0] } == [2, 1, 4, 3])
        #expect((grid.columnOrigin, grid.rowOrigin) == (-3.5, -2.5))
        #expect((grid.columnStep, grid.rowStep) == (10, 8))
    }

    @Test("a map for every row and column serves all sites; sites without one keep their light")
    func coverage() throws {
        #expect(try decode(Self.opcodes(sites: [0], pitch: 1)).lensShading?.gains.map { $0[0] } == [1, 1, 1, 1])
        #expect(try decode(Self.opcodes(sites: [2])).lensShading?.gains.map { $0[0] } == [1, 1, 3, 1])
        #expect(try decode(Self.opcodes(sites: [])).lensShading == nil)
    }

    @Test(
        "refuses what makes no sense",
        arguments: [
            opcodes(sites: [0], rows: 0), opcodes(sites: [0], rows: 513), opcodes(sites: [0], columns: 1 << 30),
            opcodes(sites: [0], planes: 5), opcodes(sites: [0], pitch: 3), opcodes(sites: [0], spacing: .nan),
            opcodes(sites: [0], spacing: 0), opcodes(sites: [0]) { _ in .infinity }, opcodes(sites: [0]) { _ in 0 },
            opcodes(sites: [0], count: 4_000_000_000), opcodes(sites: [0], count: 3), opcodes(sites: [0], length: 99),
            opcodes(sites: [0], length: 75), opcodes(sites: [0], rows: 200), [0, 0, 0, 1, 0],
        ])
    func malformed(opcodes: [UInt8]) {
        #expect(throws: CodecError.self) { try decode(opcodes) }
    }

    @Test("never crashes on a list that is cut off anywhere")
    func truncation() {
        let whole = Self.opcodes(sites: [0, 1, 2, 3])
        for count in 1..<whole.count { #expect(throws: CodecError.self) { try decode(Array(whole[..<count])) } }
    }
}
