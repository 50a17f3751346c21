/// What a sample of a mosaic sees. Raw values of the first three index RGB triples.
package enum CFAColor: Int, Sendable {
    case red = 0
    case green = 1
    case blue = 2
    /// Only in the arrangements that ``MosaicArrangement`` has for it; never in a Bayer order.
    case infrared = 3
}

/// The Bayer order, named by the top-left 2×2 block in reading order.
package enum CFAPattern: String, Sendable, Hashable, CaseIterable, Codable {
    case rggb
    case grbg
    case gbrg
    case bggr

    /// Row and column of the red sample in the 2×2 block.
    package var redSite: (row: Int, column: Int) {
        switch self {
        case .rggb: (0, 0)
        case .grbg: (0, 1)
        case .gbrg: (1, 0)
        case .bggr: (1, 1)
        }
    }

    private static func withRed(row: Int, column: Int) -> CFAPattern {
        switch (row & 1, column & 1) {
        case (0, 0): .rggb
        case (0, 1): .grbg
        case (1, 0): .gbrg
        default: .bggr
        }
    }

    /// The colour of the sample at (`row`, `column`), counted from the top left.
    package func color(row: Int, column: Int) -> CFAColor {
        let isRedRow = row & 1 == redSite.row
        let isRedColumn = column & 1 == redSite.column
        if isRedRow && isRedColumn { return .red }
        return isRedRow || isRedColumn ? .green : .blue
    }

    /// The order of the picture that starts at (`row`, `column`) of this one.
    package func cropped(row: Int, column: Int) -> CFAPattern {
        Self.withRed(row: redSite.row + row, column: redSite.column + column)
    }

    /// The order after mirroring left to right a mosaic `width` samples wide.
    package func flippedHorizontally(width: Int) -> CFAPattern {
        Self.withRed(row: redSite.row, column: width - 1 - redSite.column)
    }

    /// The order after mirroring top to bottom a mosaic `height` rows high.
    package func flippedVertically(height: Int) -> CFAPattern {
        Self.withRed(row: height - 1 - redSite.row, column: redSite.column)
    }
}
