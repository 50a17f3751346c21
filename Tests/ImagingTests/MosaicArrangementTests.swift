import Imaging
import Testing

@Suite struct MosaicArrangementTests {
    private static let formats = MosaicArrangement.filters.map {
        PixelFormat(cfa: $0.order, bitDepth: 10, arrangement: $0.arrangement)
    }

    @Test("there are 4 Bayer orders, 16 Quad-Bayer and 8 RGB-IR mosaics, all different and found by their samples")
    func count() {
        #expect(Self.formats.count == 28)
        let tiles = Self.formats.map { format in
            (0..<16).compactMap { format.color(row: $0 / 4, column: $0 % 4) }
        }
        #expect(Set(tiles).count == 28)
        for (format, tile) in zip(Self.formats, tiles) {
            let found = PixelFormat.mosaic(of: tile)
            #expect(found?.order == format.cfa && found?.arrangement == format.arrangement)
        }
        #expect(PixelFormat.mosaic(of: [CFAColor](repeating: .green, count: 16)) == nil)
    }

    @Test("cropping and flipping keep every sample's colour", arguments: formats, [8, 9, 10, 11])
    func phases(format: PixelFormat, size: Int) {
        let across = format.flippedHorizontally(width: size)
        let down = format.flippedVertically(height: size)
        for row in 0..<size {
            for column in 0..<size {
                let color = format.color(row: row, column: column)
                #expect(across.color(row: row, column: size - 1 - column) == color)
                #expect(down.color(row: size - 1 - row, column: column) == color)
                let crop = format.cropped(row: size - 8, column: 1)
                if row >= size - 8 && column >= 1 {
                    #expect(crop.color(row: row - size + 8, column: column - 1) == color)
                }
            }
        }
    }

    @Test("every mosaic is found by its name, in every packing")
    func names() {
        for packing in PixelFormat.Packing.allCases {
            for format in Self.formats {
                var format = format
                format.packing = packing
                #expect(PixelFormat(name: format.name) == format)
                #expect(PixelFormat(name: format.name.lowercased()) == format)
            }
        }
        #expect(PixelFormat(name: "SGBRG12_CSI2P_QUAD")?.arrangement == .quad)
        let oneRow = PixelFormat(name: "SBGRG_GIGI10")
        #expect(oneRow?.color(row: 1, column: 1) == .infrared && oneRow?.color(row: 2, column: 0) == .red)
    }
}
