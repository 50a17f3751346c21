import Imaging

/// The demosaic methods one pixel at a time in wide integers, straight from their definitions: what kernels must match.
struct NaiveDemosaic {
    let mosaic: [[UInt16]]
    let cfa: CFAPattern
    var width: Int { mosaic[0].count }
    var height: Int { mosaic.count }

    private func at(_ y: Int, _ x: Int) -> Int { Int(mosaic[reflect(y, height)][reflect(x, width)]) }

    private func reflect(_ index: Int, _ count: Int) -> Int {
        var index = index
        while index < 0 || index >= count { index = index < 0 ? -index : 2 * (count - 1) - index }
        return index
    }

    /// Red, green and blue at (`y`, `x`).
    typealias Method = (_ y: Int, _ x: Int) -> [Int]

    func bilinear(_ y: Int, _ x: Int) -> [Int] {
        let horizontal = (at(y, x - 1) + at(y, x + 1) + 1) >> 1
        let vertical = (at(y - 1, x) + at(y + 1, x) + 1) >> 1
        let across = (at(y, x - 1) + at(y, x + 1) + at(y - 1, x) + at(y + 1, x) + 2) >> 2
        let diagonal =
            (at(y - 1, x - 1) + at(y - 1, x + 1) + at(y + 1, x - 1) + at(y + 1, x + 1) + 2) >> 2
        return assemble(y, x, horizontal, vertical, across, diagonal)
    }

    /// The filters of the paper's figure 2 in real numbers.
    func malvarExact(_ y: Int, _ x: Int) -> [Double] {
        func value(_ dy: Int, _ dx: Int) -> Double { Double(at(y + dy, x + dx)) }
        let center = value(0, 0)
        let h = value(0, -1) + value(0, 1)
        let v = value(-1, 0) + value(1, 0)
        let h2 = value(0, -2) + value(0, 2)
        let v2 = value(-2, 0) + value(2, 0)
        let d = value(-1, -1) + value(-1, 1) + value(1, -1) + value(1, 1)
        let green = (4 * center + 2 * (h + v) - h2 - v2) / 8
        let across = (5 * center + 4 * h - d - h2 + v2 / 2) / 8
        let down = (5 * center + 4 * v - d - v2 + h2 / 2) / 8
        let opposite = (6 * center + 2 * d - 1.5 * (h2 + v2)) / 8
        func clip(_ value: Double) -> Double { min(65535, max(0, value)) }
        return assemble(y, x, clip(across), clip(down), clip(green), clip(opposite))
    }

    /// The same in the rounding that `ck_demosaic.h` lays down.
    func malvar(_ y: Int, _ x: Int) -> [Int] {
        func mean(_ a: Int, _ b: Int) -> Int { (a + b + 1) >> 1 }
        func half(_ a: Int, _ b: Int) -> Int { (a >> 1) - (b >> 1) }
        func clip(_ value: Int) -> Int { min(65535, max(0, value)) }
        let c = at(y, x)
        let h = mean(at(y, x - 1), at(y, x + 1))
        let v = mean(at(y - 1, x), at(y + 1, x))
        let d = mean(mean(at(y - 1, x - 1), at(y + 1, x + 1)), mean(at(y - 1, x + 1), at(y + 1, x - 1)))
        let h2 = mean(at(y, x - 2), at(y, x + 2))
        let v2 = mean(at(y - 2, x), at(y + 2, x))
        let curvature = half(c, mean(h2, v2))
        let across = half(v2, h2) >> 1
        let own = half(c, d) >> 1 + ((half(c, h2) >> 1) + across) >> 2
        let other = half(c, d) >> 1 + ((half(c, v2) >> 1) - across) >> 2
        return assemble(
            y, x, clip(clip(h + own) + own), clip(clip(v + other) + other), clip(mean(h, v) + curvature),
            clip(clip(d + curvature) + curvature >> 1))
    }

    /// Puts the four interpolated values where the site's colour wants them.
    private func assemble<Value: Numeric>(
        _ y: Int, _ x: Int, _ horizontal: Value, _ vertical: Value, _ across: Value, _ diagonal: Value
    ) -> [Value] where Value: Comparable {
        let center = Value(exactly: at(y, x)) ?? 0
        switch cfa.color(row: y, column: x) {
        case .red: return [center, across, diagonal]
        case .blue: return [diagonal, across, center]
        case .green, .infrared:
            return cfa.color(row: y, column: x + 1) == .red
                ? [horizontal, center, vertical] : [vertical, center, horizontal]
        }
    }
}
