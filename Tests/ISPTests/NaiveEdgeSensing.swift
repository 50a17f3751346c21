import Imaging

/// `Demosaic.led` one pixel at a time in wide integers, straight from the formulas of `ck_demosaic_led.h`.
struct NaiveEdgeSensing {
    let mosaic: [[UInt16]]
    let cfa: CFAPattern

    private func reflect(_ index: Int, _ count: Int) -> Int {
        var index = index
        while index < 0 || index >= count { index = index < 0 ? -index : 2 * (count - 1) - index }
        return index
    }

    private func sample(_ y: Int, _ x: Int) -> Int {
        Int(mosaic[reflect(y, mosaic.count)][reflect(x, mosaic[0].count)]) >> 1
    }

    private func isGreen(_ y: Int, _ x: Int) -> Bool { cfa.color(row: y & 1, column: x & 1) == .green }

    private func clamp(_ value: Int, _ least: Int, _ most: Int) -> Int { min(most, max(least, value)) }
    private func sat(_ value: Int) -> Int { clamp(value, -32768, 32767) }
    private func mean(_ a: Int, _ b: Int) -> Int { (a + b + 1) >> 1 }
    private func half(_ a: Int, _ b: Int) -> Int { sat(a + b) >> 1 }

    /// c minus the mean of the two sites at twice a step.
    private func curvature(_ y: Int, _ x: Int, _ dy: Int, _ dx: Int) -> Int {
        sample(y, x) - mean(sample(y - 2 * dy, x - 2 * dx), sample(y + 2 * dy, x + 2 * dx))
    }

    private func roughness(_ y: Int, _ x: Int, _ dy: Int, _ dx: Int) -> Int {
        mean(abs(sample(y - dy, x - dx) - sample(y + dy, x + dx)) >> 1, abs(curvature(y, x, dy, dx)))
    }

    private func preference(_ y: Int, _ x: Int) -> Int {
        clamp(roughness(y, x, 1, 0) - roughness(y, x, 0, 1), -2047, 2047) * 16
    }

    private func diagonalPreference(_ y: Int, _ x: Int) -> Int {
        clamp(roughness(y, x, 1, -1) - roughness(y, x, 1, 1), -2978, 2978) * 11
    }

    private func blend(_ first: Int, _ second: Int, _ preference: Int) -> Int {
        half(first, second) + (sat(first - second) * preference) >> 16
    }

    private func green(_ y: Int, _ x: Int) -> Int {
        if isGreen(y, x) { return sample(y, x) }
        func estimate(_ dy: Int, _ dx: Int) -> Int {
            clamp(
                mean(sample(y - dy, x - dx), sample(y + dy, x + dx)) + curvature(y, x, dy, dx) >> 1, 0, 32767)
        }
        let h = estimate(0, 1)
        let v = estimate(1, 0)
        return mean(h, v) + ((h - v) * preference(y, x)) >> 16
    }

    /// Green minus the site's own colour.
    private func difference(_ y: Int, _ x: Int) -> Int { (green(y, x) - sample(y, x)) >> 1 }

    /// Green minus the other colour at a red or blue site.
    private func opposite(_ y: Int, _ x: Int) -> Int {
        func estimate(_ dx: Int) -> Int {
            let near = half(difference(y - 1, x - dx), difference(y + 1, x + dx))
            let far = half(difference(y - 2, x - 2 * dx), difference(y + 2, x + 2 * dx))
            return near - (far - difference(y, x)) >> 2
        }
        return blend(estimate(1), estimate(-1), diagonalPreference(y, x))
    }

    /// Green minus `color` at any site of another colour.
    private func difference(of color: CFAColor, _ y: Int, _ x: Int) -> Int {
        guard isGreen(y, x) else {
            return cfa.color(row: y & 1, column: x & 1) == color ? difference(y, x) : opposite(y, x)
        }
        func estimate(_ dy: Int, _ dx: Int) -> Int {
            let near = half(difference(of: color, y - dy, x - dx), difference(of: color, y + dy, x + dx))
            let far = half(
                difference(of: color, y - 3 * dy, x - 3 * dx), difference(of: color, y + 3 * dy, x + 3 * dx))
            return near - (far - near) >> 2
        }
        return blend(estimate(0, 1), estimate(1, 0), preference(y, x))
    }

    /// Red, green and blue at (`y`, `x`).
    func pixel(_ y: Int, _ x: Int) -> [Int] {
        func full(_ value: Int) -> Int { value << 1 | value >> 14 }
        return [CFAColor.red, .green, .blue].map { color in
            if cfa.color(row: y, column: x) == color { return Int(mosaic[y][x]) }
            if color == .green { return full(green(y, x)) }
            let difference = difference(of: color, y, x)
            return full(clamp(sat(green(y, x) - difference) - difference, 0, 32767))
        }
    }
}
