package import ISP
package import Imaging
internal import Tensors

/// The 24 patches of the ColorChecker Classic as a camera saw them, and the matrix that makes their colours right.
package struct ColorChart: Sendable, Equatable {
    /// White-balanced camera RGB → linear sRGB; rows sum to 1, so that grey stays grey.
    package var matrix: ColorMatrix
    /// Gains on red, green and blue for the light on the chart.
    package var whiteBalanceGains: SIMD3<Double>
    /// Root of the mean squared difference to the reference in linear sRGB, 0…1.
    package var error: Double
    /// Patches that were neither clipped nor lost in the dark.
    package var patchCount: Int

    /// 8-bit sRGB values of the patches, row by row from dark skin to black, as the maker published them.
    static let reference: [SIMD3<Double>] = [
        [115, 82, 68], [194, 150, 130], [98, 122, 157], [87, 108, 67], [133, 128, 177], [103, 189, 170],
        [214, 126, 44], [80, 91, 166], [193, 90, 99], [94, 60, 108], [157, 188, 64], [224, 163, 46],
        [56, 61, 150], [70, 148, 73], [175, 54, 60], [231, 199, 31], [187, 86, 149], [8, 133, 161],
        [243, 243, 242], [200, 200, 200], [160, 160, 160], [122, 122, 121], [85, 85, 85], [52, 52, 52],
    ]

    /// Reads the patches of a frame and fits the matrix by least squares.
    ///
    /// - Parameters:
    ///   - corners: middles of the patches dark skin, bluish green, black and white in samples of the stored mosaic, x and y: the
    ///     chart's corners, clockwise from the dark skin.
    ///   - blackLevel: for the four sites.
    ///   - shading: to be undone first.
    /// - Throws: ``CalibrationError`` when corners lie outside, or too few patches are well exposed.
    package init(
        _ frame: RawFrame, corners: [SIMD2<Double>], blackLevel: [Double], shading: LensShading?
    ) throws(CalibrationError) {
        guard let cfa = frame.pixelFormat.cfa else {
            throw .unsuitable(what: "chart", detail: "the frame has no colour filter")
        }
        guard frame.pixelFormat.arrangement == .bayer else {
            throw .unsuitable(what: "chart", detail: "is \(frame.pixelFormat.name); Bayer mosaics are calibrated")
        }
        precondition(corners.count == 4 && blackLevel.count == 4)
        let size = SIMD2(Double(frame.width), Double(frame.height))
        guard corners.allSatisfy({ all($0 .>= 0 .& $0 .< size) }) else {
            throw .unsuitable(
                what: "chart", detail: "a corner lies outside the frame of \(frame.width)×\(frame.height)")
        }
        let sampler = PatchSampler(frame, cfa: cfa, blackLevel: blackLevel, shading: shading)
        let place = Homography(corners: corners)
        var camera: [SIMD3<Double>] = []
        var wanted: [SIMD3<Double>] = []
        var greys = SIMD3<Double>.zero
        for index in 0..<24 {
            let (column, row) = (Double(index % 6), Double(index / 6))
            let center = place.map(column / 5, row / 3)
            let right = place.map((column + 0.25) / 5, row / 3)
            let below = place.map(column / 5, (row + 0.25) / 3)
            let reach = max(2, min(abs(right.x - center.x), abs(below.y - center.y)))
            guard let color = sampler.mean(center, reach: reach) else { continue }
            camera.append(color)
            wanted.append(Self.linear(Self.reference[index]))
            if (19...22).contains(index) { greys += color }
        }
        guard camera.count >= 12, greys.min() > 0 else {
            throw .unsuitable(
                what: "chart",
                detail: "only \(camera.count) of 24 patches are well exposed, 12 and the greys are needed")
        }
        let gains = SIMD3(greys.y / greys.x, 1, greys.y / greys.z)
        camera = camera.map { $0 * gains }
        // The exposure is not the matrix's business.
        var (products, squares) = (0.0, 0.0)
        for (seen, right) in zip(camera, wanted) {
            products += seen.y * right.y
            squares += seen.y * seen.y
        }
        camera = camera.map { $0 * (products / squares) }
        guard let matrix = Self.fit(camera, wanted) else {
            throw .unsuitable(what: "chart", detail: "the patches have no colour: are the corners right?")
        }
        self.matrix = matrix
        whiteBalanceGains = gains
        patchCount = camera.count
        let sum = zip(camera, wanted).reduce(0) { sum, pair in
            let difference = matrix * pair.0 - pair.1
            return sum + (difference * difference).sum()
        }
        error = (sum / Double(3 * camera.count)).squareRoot()
    }

    /// Each row r, g, b with r + g + b = 1: two unknowns on the colours' distances from green.
    static func fit(_ camera: [SIMD3<Double>], _ wanted: [SIMD3<Double>]) -> ColorMatrix? {
        var (rr, rb, bb) = (0.0, 0.0, 0.0)
        var (rt, bt) = (SIMD3<Double>.zero, SIMD3<Double>.zero)
        for (seen, right) in zip(camera, wanted) {
            let (r, b) = (seen.x - seen.y, seen.z - seen.y)
            rr += r * r
            rb += r * b
            bb += b * b
            rt += r * (right - seen.y)
            bt += b * (right - seen.y)
        }
        let determinant = rr * bb - rb * rb
        guard determinant > 1e-12 else { return nil }
        let reds = (rt * bb - bt * rb) / determinant
        let blues = (bt * rr - rt * rb) / determinant
        return ColorMatrix((0..<3).flatMap { [reds[$0], 1 - reds[$0] - blues[$0], blues[$0]] })
    }

    /// sRGB's own curve (IEC 61966-2-1).
    private static func linear(_ color: SIMD3<Double>) -> SIMD3<Double> {
        func linear(_ value: Double) -> Double {
            let part = value / 255
            return part <= 0.04045 ? part / 12.92 : power24((part + 0.055) / 1.055)
        }
        return SIMD3(linear(color.x), linear(color.y), linear(color.z))
    }

    /// x^2.4 for x in 0…1, by the fifth root: x^(12/5) = x²·(x^(1/5))², the root by Newton's method.
    private static func power24(_ x: Double) -> Double {
        guard x > 0 else { return 0 }
        var root = 1.0
        for _ in 0..<60 { root -= (root * root * root * root * root - x) / (5 * root * root * root * root) }
        return x * x * root * root
    }
}
