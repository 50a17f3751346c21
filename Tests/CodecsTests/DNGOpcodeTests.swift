import Codecs
import Imaging
import Tensors
import Testing

/// What the three opcode lists of a DNG ask for.
@Suite struct DNGOpcodeTests {
    private let width = 12
    private let height = 10

    private func long(_ value: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: value).bigEndian) { Array($0) }
    }
    private func single(_ value: Float) -> [UInt8] { long(Int(value.bitPattern)) }
    private func double(_ value: Double) -> [UInt8] { withUnsafeBytes(of: value.bitPattern.bigEndian) { Array($0) } }
    private func short(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }

    private func list(_ opcodes: (id: Int, parameters: [UInt8])..., flags: Int = 0, version: Int = 0x0103_0000)
        -> [UInt8]
    {
        long(opcodes.count)
            + opcodes.flatMap {
                long($0.id) + long(version) + long(flags) + long($0.parameters.count) + $0.parameters
            }
    }

    /// Rows and columns of an opcode's area, every `pitch`th.
    private func area(_ plane: Int = 0, pitch: Int = 1, top: Int = 0, left: Int = 0) -> [UInt8] {
        [top, left, height, width, plane, 1, pitch, pitch].flatMap(long)
    }

    private func ramp(_ x: Int, _ y: Int) -> Int { 1000 + 100 * x + 37 * y }

    private func decode(
        _ opcodes: [UInt8], list tag: Int = 51008, _ change: (inout TIFFBuilder) -> Void = { _ in }
    ) throws -> RawFrame {
        var builder = TIFFBuilder.mosaic(
            width: width, height: height, samples: (0..<width * height).map { ramp($0 % width, $0 / width) })
        builder.entries[tag] = .bytes(opcodes)
        change(&builder)
        return try DNGDecoder.decode(ByteStorage(builder.file))
    }

    @Test("bad samples become what lies around them, in the middle, at edges and in corners")
    func badPixels() throws {
        let points = [(0, 0), (4, 5), (5, 5), (9, 11), (2, 0), (7, 7)]
        let parameters =
            [0, points.count, 1].flatMap(long) + points.flatMap { long($0.0) + long($0.1) }
            + [3, 8, 4, 10].flatMap(long)
        let bad = points + [(3, 8), (3, 9)]
        let frame = try decode(list((5, parameters))) { builder in
            var samples = (0..<width * height).map { ramp($0 % width, $0 / width) }
            for (row, column) in bad { samples[row * width + column] = 60_000 }
            builder.chunks = [samples.flatMap { builder.word($0) }]
        }
        for (index, sample) in frame.samples.enumerated() {
            let (x, y) = (index % width, index / width)
            let isBad = bad.contains { $0 == (y, x) }
            // A ramp is what pairs of opposite neighbours give back; at an edge there may be no pair.
            let isEdge = x == 0 || x == width - 1 || y == 0 || y == height - 1
            #expect(abs(sample - ramp(x, y)) <= (isBad && isEdge ? 300 : 0), "\(x), \(y)")
        }
    }

    @Test("samples of the constant are bad, whatever list names it", arguments: [51008, 51009])
    func badConstant(tag: Int) throws {
        let frame = try decode(list((4, long(0) + long(1))), list: tag) { builder in
            var samples = (0..<width * height).map { ramp($0 % width, $0 / width) }
            samples[3 * width + 4] = 0
            builder.chunks = [samples.flatMap { builder.word($0) }]
        }
        #expect(frame.samples == (0..<width * height).map { ramp($0 % width, $0 / width) })
    }

    @Test("refuses to call most of a frame bad")
    func allBad() throws {
        let parameters = [0, 0, 1, 0, 0, height, width].flatMap(long)
        #expect(throws: CodecError.self) { try decode(list((5, parameters))) }
        let twice = [0, 0, 2, 0, 0, height, width, 0, 0, height, width].flatMap(long)
        #expect {
            try decode(list((5, twice)))
        } throws: {
            if case .limitExceeded = $0 as? CodecError { true } else { false }
        }
    }

    @Test("curves of list 2 work between black and white and leave a frame of 16 bits")
    func curves() throws {
        // 2000 of 100…4100: 0.475. Half of it plus 0.25.
        let polynomial = area() + long(1) + double(0.25) + double(0.5)
        let frame = try decode(list((8, polynomial)), list: 51009) { builder in
            builder.entries[50714] = .shorts([100])
            builder.entries[50717] = .longs([4100])
            builder.chunks = [[Int](repeating: 2000, count: width * height).flatMap { builder.word($0) }]
        }
        #expect(frame.whiteLevel == 65535)
        let black = 100 * 65535.0 / 4100
        #expect(abs(frame.blackLevel[0] - black) < 1e-9)
        let expected = black + (0.25 + 0.5 * 0.475) * (65535 - black)
        #expect(frame.samples.allSatisfy { abs(Double($0) - expected) <= 1 })
    }

    @Test(
        "tables and numbers for rows and columns reach every second row and column from the top left of their area on")
    func rowsAndColumns() throws {
        let rows = area(pitch: 2, top: 1, left: 1) + long(5) + (0..<5).flatMap { single(Float($0) / 256) }
        let columns = area(pitch: 2, left: 1) + long(6) + (0..<6).flatMap { _ in single(0.5) }
        let frame = try decode(list((10, rows), (13, columns)))
        for (index, sample) in frame.samples.enumerated() {
            let (x, y) = (index % width, index / width)
            var expected = Double(ramp(x, y))
            if x % 2 == 1, y % 2 == 1 { expected += Double(y / 2) / 256 * 65535 }
            if x % 2 == 1, y % 2 == 0 { expected /= 2 }
            #expect(abs(Double(sample) - expected) <= 1, "\(x), \(y)")
        }
        let table = area() + long(3) + [0, 100, 5000].flatMap(short)
        #expect(try decode(list((7, table))).samples.allSatisfy { $0 == 5000 })
    }

    @Test("a radial gain joins the frame's shading, and a warp comes with the frame")
    func lens() throws {
        let vignette = [0.5, 0.25, 0, 0, 0, 0.5, 0.5].flatMap(double)
        let warp = long(1) + [1.0, 0.02, -0.01, 0.001, 0.003, -0.002, 0.5, 0.5].flatMap(double)
        let frame = try decode(list((3, vignette), (1, warp)), list: 51022)
        let grid = try #require(frame.lensShading)
        #expect(abs(grid.gains[0][0] - 1.75) < 1e-9)
        #expect(abs(grid.gains[3][grid.rows / 2 * grid.columns + grid.columns / 2] - 1) < 1e-9)
        let found = try #require(frame.lensWarp)
        #expect(found.planes == [.init(radial: SIMD4(1, 0.02, -0.01, 0.001), tangential: SIMD2(0.003, -0.002))])
        #expect((found.centerX, found.centerY) == (5.5, 4.5))
        #expect(abs(found.radius - (5.5 * 5.5 + 4.5 * 4.5).squareRoot()) < 1e-12)
        let again = try #require(try DNGDecoder.decode(ByteStorage(DNGEncoder.encode(frame))).lensWarp)
        #expect(again == found)
    }

    @Test("a warp of a crop says the same in a file of the crop")
    func croppedWarp() throws {
        var frame = RawFrame.noise(width: 20, height: 14, format: PixelFormat(cfa: .rggb, bitDepth: 10))
        frame.lensWarp = LensWarp(
            planes: [.init(radial: SIMD4(1, 0.02, -0.01, 0.004), tangential: SIMD2(0.003, -0.002))], centerX: 12,
            centerY: 5, radius: 31)
        let found = try #require(try DNGDecoder.decode(ByteStorage(DNGEncoder.encode(frame))).lensWarp)
        for (a, b) in zip([frame.lensWarp ?? found].map(\.place), [found].map(\.place)) {
            #expect(abs(a.x - b.x) < 1e-9 && abs(a.y - b.y) < 1e-9)
        }
    }

    @Test("leaves out what it does not know where it may, and names what it may not leave out")
    func unknown() throws {
        #expect(try decode(list((14, [1, 2, 3]), flags: 1)).width == width)
        #expect(try decode(list((4, long(0) + long(0)), flags: 1, version: 0x0900_0000)).width == width)
        for bytes in [list((14, [])), list((4, long(0) + long(0)), version: 0x0900_0000)] {
            #expect {
                try decode(bytes)
            } throws: {
                if case .unsupported("DNG", "OpcodeList1", _) = $0 as? CodecError { true } else { false }
            }
        }
        // Known, but nothing that list 3 can do.
        #expect(throws: CodecError.self) { try decode(list((4, long(0) + long(0))), list: 51022) }
    }

    @Test("refuses every list that was cut off")
    func truncation() throws {
        let parameters = [0, 1, 1, 2, 2, 3, 3, 4, 4].flatMap(long)
        let table = area() + long(2) + [0, 100].flatMap(short)
        let warp = long(1) + [1.0, 0.02, 0, 0, 0, 0, 0.5, 0.5].flatMap(double)
        let whole = list(
            (5, parameters), (7, table), (4, long(7) + long(0)),
            (10, area() + long(10) + [UInt8](repeating: 0, count: 40)))
        _ = try decode(whole)
        for count in 4..<whole.count {
            #expect(throws: CodecError.self) { try decode(Array(whole[..<count])) }
        }
        let third = list((1, warp))
        for count in 4..<third.count {
            #expect(throws: CodecError.self) { try decode(Array(third[..<count]), list: 51022) }
        }
    }
}

extension LensWarp {
    /// Where the pixel at (3, 11) comes from, by the definition.
    fileprivate var place: (x: Double, y: Double) {
        let (dx, dy) = ((3 - centerX) / radius, (11 - centerY) / radius)
        let r2 = dx * dx + dy * dy
        let (k, t) = (planes[0].radial, planes[0].tangential)
        let f = k[0] + k[1] * r2 + k[2] * r2 * r2 + k[3] * r2 * r2 * r2
        return (
            centerX + radius * (f * dx + t.x * 2 * dx * dy + t.y * (r2 + 2 * dx * dx)),
            centerY + radius * (f * dy + t.y * 2 * dx * dy + t.x * (r2 + 2 * dy * dy))
        )
    }
}
