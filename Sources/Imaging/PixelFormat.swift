/// How raw samples lie in memory: colour filter order, bits per sample, and packing.
package struct PixelFormat: Hashable, Sendable {
    /// How samples of more or less than a whole byte are laid out in a row.
    package enum Packing: String, Sendable, Hashable, CaseIterable {
        /// One byte a sample for 8 bits, else two bytes, little endian, low-aligned, upper bits zero (V4L2, PFNC).
        case unpacked
        /// MIPI CSI-2 (V4L2 `…P`): groups of 4 (10 and 14 bit) or 2 (12 bit) samples, high bytes first, then the low bits.
        case csi2
        /// PFNC `p`: a little-endian bit stream, least significant bit first.
        case lsb
        /// GigE Vision 1 `Packed` (10 and 12 bit): two samples in three bytes, high bytes outside, low bits in the middle.
        case gigeVision
    }

    /// The Bayer order that the mosaic is, or is turned into: ``arrangement`` says which. `nil` for monochrome.
    package var cfa: CFAPattern?
    /// Always ``MosaicArrangement/bayer`` for monochrome.
    package var arrangement: MosaicArrangement
    /// 8, 10, 12, 14 or 16.
    package var bitDepth: Int
    package var packing: Packing

    package init(
        cfa: CFAPattern?, bitDepth: Int, packing: Packing = .unpacked, arrangement: MosaicArrangement = .bayer
    ) {
        precondition(cfa != nil || arrangement == .bayer, "a monochrome sensor has no colour filters")
        self.cfa = cfa
        self.arrangement = arrangement
        self.bitDepth = bitDepth
        self.packing = packing
    }

    /// Whether this combination of depth and packing exists.
    package var isDefined: Bool {
        switch packing {
        case .unpacked: [8, 10, 12, 14, 16].contains(bitDepth)
        case .csi2: [10, 12, 14].contains(bitDepth)
        case .lsb: [10, 12, 14].contains(bitDepth)
        case .gigeVision: [10, 12].contains(bitDepth)
        }
    }

    /// Bytes that `width` samples need, without padding at the end of the row.
    package func minimumRowStride(width: Int) -> Int {
        switch packing {
        case .unpacked: bitDepth == 8 ? width : 2 * width
        case .csi2:
            switch bitDepth {
            case 10: (width + 3) / 4 * 5
            case 12: (width + 1) / 2 * 3
            default: (width + 3) / 4 * 7
            }
        case .lsb: (width * bitDepth + 7) / 8
        case .gigeVision: (width + 1) / 2 * 3
        }
    }

    /// What the sample at (`row`, `column`) ≥ 0 sees; `nil` for monochrome.
    package func color(row: Int, column: Int) -> CFAColor? {
        cfa.map { arrangement.color(row: row, column: column, order: $0) }
    }

    /// The format whose colours are those of this one from (`row`, `column`) ≥ 0 on: of a crop that starts there.
    package func cropped(row: Int, column: Int) -> PixelFormat {
        matching { self.color(row: row + $0, column: column + $1) }
    }

    /// The format of the mosaic mirrored left to right, `width` samples wide.
    package func flippedHorizontally(width: Int) -> PixelFormat {
        matching { self.color(row: $0, column: (width - 1 - $1) & 3) }
    }

    /// The format of the mosaic mirrored top to bottom, `height` rows high.
    package func flippedVertically(height: Int) -> PixelFormat {
        matching { self.color(row: (height - 1 - $0) & 3, column: $1) }
    }

    /// The mosaic of any arrangement whose first 4×4 samples see `colors`, in reading order; `nil` when there is none.
    package static func mosaic(of colors: [CFAColor]) -> (order: CFAPattern, arrangement: MosaicArrangement)? {
        guard colors.count == 16 else { return nil }
        for arrangement in MosaicArrangement.all {
            for order in CFAPattern.allCases
            where (0..<16).allSatisfy({
                arrangement.color(row: $0 / 4, column: $0 % 4, order: order) == colors[$0]
            }) {
                return (order, arrangement)
            }
        }
        return nil
    }

    /// This format with the colour filters that `color` says.
    private func matching(_ color: (_ row: Int, _ column: Int) -> CFAColor?) -> PixelFormat {
        guard cfa != nil else { return self }
        let found = Self.mosaic(of: (0..<16).compactMap { color($0 / 4, $0 % 4) })
        guard let found else { preconditionFailure("crops and flips of an arrangement are arrangements") }
        var format = self
        (format.cfa, format.arrangement) = (found.order, found.arrangement)
        return format
    }

    /// The largest value a sample can hold.
    package var maximumSample: Int { (1 << bitDepth) - 1 }
}
