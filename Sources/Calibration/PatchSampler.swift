internal import ISP
internal import Imaging
internal import Tensors

/// Mean colours of squares of a raw frame.
struct PatchSampler {
    private let frame: RawFrame
    private let cfa: CFAPattern
    private let blackLevel: [Double]
    private let shading: LensShading?

    init(_ frame: RawFrame, cfa: CFAPattern, blackLevel: [Double], shading: LensShading?) {
        self.frame = frame
        self.cfa = cfa
        self.blackLevel = blackLevel
        self.shading = shading
    }

    /// Linear camera RGB, 0…1 of the range from black to white; `nil` where samples are clipped or the mean is within 1 % of
    /// black.
    func mean(_ center: SIMD2<Double>, reach: Double) -> SIMD3<Double>? {
        let rows = max(0, Int(center.y - reach))...min(frame.height - 1, Int(center.y + reach))
        let columns = max(0, Int(center.x - reach))...min(frame.width - 1, Int(center.x + reach))
        let storage = ByteStorage(byteCount: 2 * frame.width)
        let samples = storage.base.assumingMemoryBound(to: UInt16.self)
        var sums = SIMD3<Double>.zero
        var counts = SIMD3<Double>.zero
        for y in rows {
            frame.unpackRow(y, into: samples)
            for x in columns {
                let value = Double(samples[x])
                if value >= 0.98 * frame.whiteLevel { return nil }
                let site = 2 * (y & 1) + (x & 1)
                let color = cfa.color(row: y, column: x).rawValue
                sums[color] += (value - blackLevel[site]) / (frame.whiteLevel - blackLevel[site])
                counts[color] += 1
            }
        }
        guard counts.min() > 0 else { return nil }
        var mean = sums / counts
        if let shading {
            for color in 0..<3 { mean[color] *= gain(shading, color, at: center) }
        }
        return mean.min() > 0.01 ? mean : nil
    }

    /// Bilinear between the points of the grid.
    private func gain(_ shading: LensShading, _ color: Int, at place: SIMD2<Double>) -> Double {
        let gains = color == 0 ? shading.red : color == 1 ? shading.green : shading.blue
        let rows = gains.count / shading.columns
        let x = place.x / Double(frame.width - 1) * Double(shading.columns - 1)
        let y = place.y / Double(frame.height - 1) * Double(rows - 1)
        let (column, row) = (min(shading.columns - 2, Int(x)), min(rows - 2, Int(y)))
        let (u, v) = (x - Double(column), y - Double(row))
        func point(_ down: Int, _ across: Int) -> Double { gains[(row + down) * shading.columns + column + across] }
        return (point(0, 0) * (1 - u) + point(0, 1) * u) * (1 - v) + (point(1, 0) * (1 - u) + point(1, 1) * u) * v
    }
}

/// The projective map of the unit square onto four corners, clockwise from (0, 0) (Heckbert, *Fundamentals of Texture Mapping
/// and Image Warping*, 1989, section 2.2.3).
struct Homography {
    private let origin: SIMD2<Double>
    private let across: SIMD2<Double>
    private let down: SIMD2<Double>
    private let g: Double
    private let h: Double

    init(corners: [SIMD2<Double>]) {
        let (p0, p1, p2, p3) = (corners[0], corners[1], corners[2], corners[3])
        let sum = p0 - p1 + p2 - p3
        let (d1, d2) = (p1 - p2, p3 - p2)
        let determinant = d1.x * d2.y - d2.x * d1.y
        // Corners on one line have no map; an affine one then does no harm.
        g = determinant == 0 ? 0 : (sum.x * d2.y - d2.x * sum.y) / determinant
        h = determinant == 0 ? 0 : (d1.x * sum.y - sum.x * d1.y) / determinant
        origin = p0
        across = p1 - p0 + g * p1
        down = p3 - p0 + h * p3
    }

    func map(_ u: Double, _ v: Double) -> SIMD2<Double> { (origin + u * across + v * down) / (1 + g * u + h * v) }
}
