/// Lines of text at one size.
struct TextStyle {
    private let atlas = GlyphAtlas.standard
    /// Pixels to the em.
    let size: Int

    init(size: Int) { self.size = size }

    var lineHeight: Int { ((atlas.ascent + atlas.descent) * size + atlas.em - 1) / atlas.em }

    /// Width of a line in whole pixels, rounded up.
    func width(of text: String) -> Int {
        let advance = text.unicodeScalars.reduce(0) { $0 + (atlas.glyph($1)?.advance ?? 0) }
        return (advance * size + 64 * atlas.em - 1) / (64 * atlas.em)
    }

    /// `text` cut to `width` pixels, an ellipsis at the cut; empty when not even that fits.
    func truncated(_ text: String, to width: Int) -> String {
        // A name of any length costs no more than this.
        var text = text.unicodeScalars.count > 256 ? String(text.prefix(256)) + "…" : text
        if self.width(of: text) <= width { return text }
        while !text.isEmpty {
            text.removeLast()
            if self.width(of: text + "…") <= width { return text + "…" }
        }
        return ""
    }

    /// Draws a line with its top left corner at (`x`, `y`). Letters keep fractional positions along the line.
    func draw(_ text: String, x: Int, y: Int, _ color: Color, on canvas: Canvas) {
        var pen = 0
        for scalar in text.unicodeScalars {
            guard let glyph = atlas.glyph(scalar) else { continue }
            draw(glyph, pen: pen, x: x, y: y, color, on: canvas)
            pen += glyph.advance * size
        }
    }

    /// Each pixel gets the mask's mean coverage over its area, exactly: in units where a mask pixel is 64·size wide, a
    /// pixel is 64·em wide and `pen` counts from `x`.
    private func draw(_ glyph: GlyphAtlas.Glyph, pen: Int, x: Int, y: Int, _ color: Color, on canvas: Canvas) {
        guard glyph.width > 0, glyph.height > 0 else { return }
        let (cell, pixel) = (64 * size, 64 * atlas.em)
        let (left, top) = (pen + glyph.left * cell, glyph.top * cell)
        let (right, bottom) = (left + glyph.width * cell, top + glyph.height * cell)
        for row in Self.floor(top, pixel)...Self.floor(bottom - 1, pixel) {
            for column in Self.floor(left, pixel)...Self.floor(right - 1, pixel) {
                var sum = 0
                for j in Self.covered(row, pixel, by: cell, from: top, count: glyph.height) {
                    let height = Self.overlap(row * pixel, pixel, top + j * cell, cell)
                    for i in Self.covered(column, pixel, by: cell, from: left, count: glyph.width) {
                        let width = Self.overlap(column * pixel, pixel, left + i * cell, cell)
                        sum += height * width * Int(glyph.mask[j * glyph.width + i])
                    }
                }
                let whole = 15 * pixel * pixel
                let alpha = (sum * 255 + whole / 2) / whole
                if alpha > 0 { canvas.blend(x: x + column, y: y + row, color, alpha: alpha) }
            }
        }
    }

    /// The cells that pixel `index` touches.
    private static func covered(_ index: Int, _ pixel: Int, by cell: Int, from start: Int, count: Int) -> Range<Int> {
        let first = max(0, floor(index * pixel - start, cell))
        let last = min(count - 1, floor((index + 1) * pixel - 1 - start, cell))
        return first..<max(first, last + 1)
    }

    private static func overlap(_ a: Int, _ aLength: Int, _ b: Int, _ bLength: Int) -> Int {
        max(0, min(a + aLength, b + bLength) - max(a, b))
    }

    private static func floor(_ value: Int, _ divisor: Int) -> Int {
        value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
    }
}
