/// How the colour filters of a mosaic make up the Bayer order that it is turned into before it is developed.
///
/// A Bayer order says the same of every 2×2 block. The arrangements beyond it repeat every 4×4 samples; all crops and flips of
/// one are again one of them.
package enum MosaicArrangement: Sendable, Hashable {
    /// Every sample is a site of the order.
    case bayer
    /// Every site of the order is four samples, 2×2, of one colour. The first sample is at (`row`, `column`) of its 2×2, each 0
    /// or 1.
    case quad(row: Int, column: Int)
    /// Infrared at the red sites of the order; the blue sites hold blue and red by turns, blue in the first 2×2 block.
    case infraredAtRed
    /// Infrared at the blue sites of the order; the red sites hold red and blue by turns, red in the first 2×2 block.
    case infraredAtBlue

    /// Quad-Bayer from its first sample on.
    package static let quad = MosaicArrangement.quad(row: 0, column: 0)

    /// Every arrangement there is.
    package static let all: [MosaicArrangement] =
        [.bayer] + (0..<4).map { .quad(row: $0 / 2, column: $0 % 2) } + [.infraredAtRed, .infraredAtBlue]

    /// What a sample at (`row`, `column`) ≥ 0 of a mosaic of `order` sees.
    package func color(row: Int, column: Int, order: CFAPattern) -> CFAColor {
        switch self {
        case .bayer: return order.color(row: row, column: column)
        case .quad(let top, let left): return order.color(row: (row + top) >> 1, column: (column + left) >> 1)
        case .infraredAtRed, .infraredAtBlue:
            let color = order.color(row: row, column: column)
            let isFirst = (row >> 1 + column >> 1) & 1 == 0
            let taken: CFAColor = self == .infraredAtRed ? .red : .blue
            if color == .green { return .green }
            if color == taken { return .infrared }
            return isFirst ? color : taken
        }
    }
}
