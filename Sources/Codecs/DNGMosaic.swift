internal import Imaging

/// The colour filters of a raw directory, from the active area on.
struct DNGMosaic {
    let order: CFAPattern
    let arrangement: MosaicArrangement

    init(_ directory: TIFFDirectory) throws(CodecError) {
        guard let size = try directory.integers(.cfaRepeatPatternDim, atMost: 2) else {
            throw directory.missing(.cfaRepeatPatternDim)
        }
        guard size == [2, 2] || size == [4, 4] else {
            throw directory.unsupported(
                .cfaRepeatPatternDim,
                size.map { "\($0)" }.joined(separator: "×") + "; 2×2 (Bayer) and 4×4 (Quad-Bayer) are read")
        }
        if let layout = try directory.integer(.cfaLayout), layout != 1 {
            throw directory.unsupported(.cfaLayout, "\(layout) (staggered)")
        }
        if let planes = try directory.integers(.cfaPlaneColor, atMost: 16), planes != [0, 1, 2] {
            throw directory.unsupported(.cfaPlaneColor, "colours other than red, green, blue")
        }
        guard let sites = try directory.integers(.cfaPattern, atMost: 16) else { throw directory.missing(.cfaPattern) }
        let colors = sites.compactMap { $0 <= 2 ? CFAColor(rawValue: $0) : nil }
        let columns = size[1]
        guard colors.count == size[0] * columns,
            let mosaic = PixelFormat.mosaic(
                of: (0..<16).map { colors[$0 / 4 % size[0] * columns + $0 % 4 % columns] })
        else {
            throw directory.unsupported(
                .cfaPattern, "\(sites); the four Bayer orders and their Quad-Bayer forms are read")
        }
        (order, arrangement) = mosaic
    }

    /// Tells samples of one colour from those of another, counted from (`row`, `column`) of the active area.
    func colors(fromRow row: Int, column: Int) -> @Sendable (_ row: Int, _ column: Int) -> Int {
        let tile = (0..<16).map { arrangement.color(row: $0 / 4, column: $0 % 4, order: order).rawValue }
        return { tile[((row + $0) & 3) * 4 + ((column + $1) & 3)] }
    }
}
