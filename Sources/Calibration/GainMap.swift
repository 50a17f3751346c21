package import ISP
package import Imaging
internal import Tensors

/// What a lens darkens towards the edges, from frames of an evenly lit plane.
package struct GainMap: Sendable {
    private let kind: FrameKind
    private let cfa: CFAPattern
    /// Sums of samples by place, over all frames.
    private var sums: [Float]
    private var frames = 0

    /// - Throws: ``CalibrationError`` for a frame without colours.
    package init(like frame: RawFrame) throws(CalibrationError) {
        guard let cfa = frame.pixelFormat.cfa else {
            throw .unsuitable(what: "flat frames", detail: "have no colour filter")
        }
        guard frame.pixelFormat.arrangement == .bayer else {
            throw .unsuitable(
                what: "flat frames", detail: "are \(frame.pixelFormat.name); Bayer mosaics are calibrated")
        }
        self.cfa = cfa
        kind = FrameKind(frame)
        sums = Array(repeating: 0, count: frame.width * frame.height)
    }

    package mutating func add(_ frame: RawFrame) throws(CalibrationError) {
        try kind.check(frame)
        let storage = ByteStorage(byteCount: 2 * frame.width)
        let row = storage.base.assumingMemoryBound(to: UInt16.self)
        for y in 0..<frame.height {
            frame.unpackRow(y, into: row)
            for x in 0..<frame.width { sums[y * frame.width + x] += Float(row[x]) }
        }
        frames += 1
    }

    /// Gains on a grid whose first and last points lie on the first and last rows and columns: for each colour, the brightest
    /// point over each point.
    ///
    /// A point's brightness is that of a plane laid through the samples around it, which holds at the edges too, where samples
    /// lie to one side only.
    /// - Throws: ``CalibrationError/unsuitable(what:detail:)`` when a corner is darker than a sixteenth of the middle.
    package func shading(
        columns: Int, rows: Int, blackLevel: [Double]
    ) throws(CalibrationError) -> LensShading {
        precondition(columns >= 2 && rows >= 2 && frames > 0)
        var gains: [[Double]] = []
        for color in 0..<3 {
            var values: [Double] = []
            for row in 0..<rows {
                for column in 0..<columns {
                    values.append(
                        brightness(
                            color, x: Double(column) / Double(columns - 1) * Double(kind.width - 1),
                            y: Double(row) / Double(rows - 1) * Double(kind.height - 1),
                            reachX: Double(kind.width) / Double(columns - 1),
                            reachY: Double(kind.height) / Double(rows - 1), blackLevel: blackLevel))
                }
            }
            let brightest = values.max() ?? 0
            guard brightest > 0, let darkest = values.min(), darkest * 16 > brightest else {
                throw .unsuitable(what: "flat frames", detail: "some places are darker than a sixteenth of others")
            }
            gains.append(values.map { brightest / $0 })
        }
        return LensShading(columns: columns, red: gains[0], green: gains[1], blue: gains[2])
    }

    /// The value at a point of the plane that fits the samples of a colour within reach best.
    private func brightness(
        _ color: Int, x: Double, y: Double, reachX: Double, reachY: Double, blackLevel: [Double]
    ) -> Double {
        var (n, sx, sy, sxx, sxy, syy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        var (sv, sxv, syv) = (0.0, 0.0, 0.0)
        let ys = max(0, Int(y - reachY))...min(kind.height - 1, Int(y + reachY))
        let xs = max(0, Int(x - reachX))...min(kind.width - 1, Int(x + reachX))
        for row in ys {
            for column in xs where cfa.color(row: row, column: column).rawValue == color {
                let black = blackLevel[2 * (row & 1) + (column & 1)]
                let value = Double(sums[row * kind.width + column]) / Double(frames) - black
                let (dx, dy) = (Double(column) - x, Double(row) - y)
                n += 1
                sx += dx
                sy += dy
                sxx += dx * dx
                sxy += dx * dy
                syy += dy * dy
                sv += value
                sxv += dx * value
                syv += dy * value
            }
        }
        // The plane's height at dx = dy = 0, by Cramer's rule.
        let determinant = n * (sxx * syy - sxy * sxy) - sx * (sx * syy - sxy * sy) + sy * (sx * sxy - sxx * sy)
        let numerator = sv * (sxx * syy - sxy * sxy) - sx * (sxv * syy - sxy * syv) + sy * (sxv * sxy - sxx * syv)
        return abs(determinant) > 1e-9 ? numerator / determinant : sv / max(1, n)
    }
}
