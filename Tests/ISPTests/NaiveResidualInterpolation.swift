import Imaging

/// `Demosaic.mlri` plane after plane in the formulas and the order of `ck_demosaic_mlri.h`, without vectors, tiles or masks.
struct NaiveResidualInterpolation {
    private let width: Int
    private let height: Int
    private let cfa: CFAPattern
    private let mosaic: Plane

    /// Values on the picture and `margin` beyond it, by row and column of the picture.
    private struct Plane {
        static let margin = 40
        let width: Int
        let height: Int
        private var values: [Float]

        init(_ width: Int, _ height: Int, reach: Int, _ value: (Int, Int) -> Float) {
            self.width = width
            self.height = height
            values = Array(repeating: .nan, count: (width + 80) * (height + 80))
            for y in -reach..<height + reach { for x in -reach..<width + reach { self[y, x] = value(y, x) } }
        }

        subscript(y: Int, x: Int) -> Float {
            get { values[(y + Self.margin) * (width + 80) + x + Self.margin] }
            set { values[(y + Self.margin) * (width + 80) + x + Self.margin] = newValue }
        }
    }

    init(_ samples: [[UInt16]], cfa: CFAPattern) {
        height = samples.count
        width = samples[0].count
        self.cfa = cfa
        func reflect(_ index: Int, _ count: Int) -> Int {
            var index = index
            while index < 0 || index >= count { index = index < 0 ? -index : 2 * (count - 1) - index }
            return index
        }
        mosaic = Plane(width, height, reach: 40) { [width, height] in
            Float(samples[reflect($0, height)][reflect($1, width)])
        }
    }

    private func plane(reach: Int, _ value: (Int, Int) -> Float) -> Plane {
        Plane(width, height, reach: reach, value)
    }

    private func color(_ y: Int, _ x: Int) -> CFAColor { cfa.color(row: y & 1, column: x & 1) }
    private func isGreen(_ y: Int, _ x: Int) -> Bool { color(y, x) == .green }

    private static func clipped(_ value: Float) -> Float { value > 0 ? min(value, 65535) : 0 }

    /// Sums of a plane at distances 0, 2, 4 and 1, 3, 5 along (dy, dx).
    private func own(_ p: Plane, _ y: Int, _ x: Int, _ dy: Int, _ dx: Int) -> Float {
        p[y, x] + (p[y - 2 * dy, x - 2 * dx] + p[y + 2 * dy, x + 2 * dx])
            + (p[y - 4 * dy, x - 4 * dx] + p[y + 4 * dy, x + 4 * dx])
    }

    private func others(_ p: Plane, _ y: Int, _ x: Int, _ dy: Int, _ dx: Int) -> Float {
        (p[y - dy, x - dx] + p[y + dy, x + dx]) + (p[y - 3 * dy, x - 3 * dx] + p[y + 3 * dy, x + 3 * dx])
            + (p[y - 5 * dy, x - 5 * dx] + p[y + 5 * dy, x + 5 * dx])
    }

    /// Green minus colour along (dy, dx).
    private func differences(_ dy: Int, _ dx: Int) -> Plane {
        let c = mosaic
        let guide = plane(reach: 36) { (c[$0 - dy, $1 - dx] + c[$0 + dy, $1 + dx]) * 0.5 }
        func laplacian(_ p: Plane, _ y: Int, _ x: Int) -> Float {
            2 * p[y, x] - (p[y - 2 * dy, x - 2 * dx] + p[y + 2 * dy, x + 2 * dx])
        }
        let cross = plane(reach: 34) { laplacian(c, $0, $1) * laplacian(guide, $0, $1) }
        let square = plane(reach: 34) { laplacian(guide, $0, $1) * laplacian(guide, $0, $1) }
        let a = [
            plane(reach: 29) { own(cross, $0, $1, dy, dx) / (own(square, $0, $1, dy, dx) + 66049) },
            plane(reach: 29) { others(cross, $0, $1, dy, dx) / (others(square, $0, $1, dy, dx) + 66049) },
        ]
        let b = [
            plane(reach: 29) {
                (own(c, $0, $1, dy, dx) - a[0][$0, $1] * own(guide, $0, $1, dy, dx)) * (1 / 5 as Float)
            },
            plane(reach: 29) {
                (others(c, $0, $1, dy, dx) - a[1][$0, $1] * others(guide, $0, $1, dy, dx)) * (1 / 6 as Float)
            },
        ]
        func mean(_ near: Plane, _ far: Plane, _ y: Int, _ x: Int) -> Float {
            (own(near, y, x, dy, dx) + others(far, y, x, dy, dx)) * (1 / 11 as Float)
        }
        let residual = plane(reach: 24) {
            c[$0, $1] - (mean(a[0], a[1], $0, $1) * guide[$0, $1] + mean(b[0], b[1], $0, $1))
        }
        return plane(reach: 23) { y, x in
            let estimate = mean(a[1], a[0], y, x) * c[y, x] + mean(b[1], b[0], y, x)
            let other = estimate + (residual[y - dy, x - dx] + residual[y + dy, x + dx]) * 0.5
            return isGreen(y, x) ? c[y, x] - other : other - c[y, x]
        }
    }

    private func gradients(_ d: Plane, _ dy: Int, _ dx: Int) -> Plane {
        let steps = plane(reach: 22) { abs(d[$0 - dy, $1 - dx] - d[$0 + dy, $1 + dx]) }
        func five(_ p: Plane, _ y: Int, _ x: Int, _ dy: Int, _ dx: Int) -> Float {
            p[y, x] + (p[y - dy, x - dx] + p[y + dy, x + dx])
                + (p[y - 2 * dy, x - 2 * dx] + p[y + 2 * dy, x + 2 * dx])
        }
        let across = plane(reach: 20) { five(steps, $0, $1, 0, 1) }
        return plane(reach: 18) { five(across, $0, $1, 1, 0) }
    }

    private func green() -> Plane {
        let (across, down) = (differences(0, 1), differences(1, 0))
        let (acrossGradient, downGradient) = (gradients(across, 0, 1), gradients(down, 1, 0))
        let shares: [Float] = [0.42091963, 0.33704609, 0.17304523, 0.05696528, 0.01202378]
        func halfLine(_ p: Plane, _ y: Int, _ x: Int, _ dy: Int, _ dx: Int) -> Float {
            (1...4).reduce(shares[0] * p[y, x]) { $0 + shares[$1] * p[y + $1 * dy, x + $1 * dx] }
        }
        func weight(_ g: Float) -> Float { 1 / (g * g + 1e-5) }
        return plane(reach: 16) { y, x in
            let value = mosaic[y, x]
            if isGreen(y, x) { return value }
            let (west, east) = (weight(acrossGradient[y, x - 2]), weight(acrossGradient[y, x + 2]))
            let (north, south) = (weight(downGradient[y - 2, x]), weight(downGradient[y + 2, x]))
            let sum =
                west * halfLine(across, y, x, 0, -1) + east * halfLine(across, y, x, 0, 1)
                + north * halfLine(down, y, x, -1, 0) + south * halfLine(down, y, x, 1, 0)
            return Self.clipped(value + sum / (west + east + north + south))
        }
    }

    /// The sum over 7×7, columns of each row last. Rows at distances 0 and 2, and 1 and 3, are summed apart and then joined;
    /// in a window of one colour one of the two is zero.
    private func window(_ p: Plane, _ y: Int, _ x: Int) -> Float {
        func column(_ x: Int) -> Float {
            let near = p[y, x] + (p[y - 2, x] + p[y + 2, x])
            let far = (p[y - 1, x] + p[y + 1, x]) + (p[y - 3, x] + p[y + 3, x])
            return near + far
        }
        return column(x) + (column(x - 1) + column(x + 1)) + (column(x - 2) + column(x + 2))
            + (column(x - 3) + column(x + 3))
    }

    private func plane(of wanted: CFAColor, green: Plane) -> Plane {
        func sampled(_ y: Int, _ x: Int, _ value: Float) -> Float { color(y, x) == wanted ? value : 0 }
        func laplacian(_ p: Plane, _ y: Int, _ x: Int) -> Float {
            4 * p[y, x] - ((p[y, x - 2] + p[y, x + 2]) + (p[y - 2, x] + p[y + 2, x]))
        }
        let cross = plane(reach: 12) { sampled($0, $1, laplacian(mosaic, $0, $1) * laplacian(green, $0, $1)) }
        let square = plane(reach: 12) { sampled($0, $1, laplacian(green, $0, $1) * laplacian(green, $0, $1)) }
        let samples = plane(reach: 12) { sampled($0, $1, mosaic[$0, $1]) }
        let guide = plane(reach: 12) { sampled($0, $1, green[$0, $1]) }
        let a = plane(reach: 8) { window(cross, $0, $1) / (window(square, $0, $1) + 66049) }
        let b = plane(reach: 8) { y, x in
            let rows = (-3...3).filter { dy in (-1...0).contains { color(y + dy, x + $0) == wanted } }.count
            let columns = (-3...3).filter { dx in (-1...0).contains { color(y + $0, x + dx) == wanted } }.count
            return (window(samples, y, x) - a[y, x] * window(guide, y, x)) * (1 / Float(rows * columns))
        }
        let estimate = plane(reach: 4) {
            (window(a, $0, $1) * green[$0, $1] + window(b, $0, $1)) * (1 / 49 as Float)
        }
        let r = plane(reach: 3) { sampled($0, $1, mosaic[$0, $1] - estimate[$0, $1]) }
        return plane(reach: 0) { y, x in
            if color(y, x) == wanted { return mosaic[y, x] }
            let residual: Float
            if !isGreen(y, x) {
                residual =
                    ((r[y - 1, x - 1] + r[y - 1, x + 1]) + (r[y + 1, x - 1] + r[y + 1, x + 1])) * 0.25
            } else if color(y, x - 1) == wanted {
                residual = (r[y, x - 1] + r[y, x + 1]) * 0.5
            } else {
                residual = (r[y - 1, x] + r[y + 1, x]) * 0.5
            }
            return Self.clipped(estimate[y, x] + residual)
        }
    }

    /// Red, green and blue by row and column.
    func planes() -> [[[Int]]] {
        let green = green()
        return [plane(of: .red, green: green), green, plane(of: .blue, green: green)].map { plane in
            (0..<height).map { y in (0..<width).map { x in Int(plane[y, x] + 0.5) } }
        }
    }
}
