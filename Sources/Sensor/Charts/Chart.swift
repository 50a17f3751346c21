/// A scene that is computed: its light is known exactly.
package enum Chart: String, Sendable, CaseIterable {
    /// The 24 patches of the classic ColorChecker, by their sRGB values.
    case colorChecker = "colorchecker"
    /// A dark square turned by 5 degrees, for edge spread and MTF (ISO 12233).
    case slantedEdge = "slanted-edge"
    /// A harmonic Siemens star of 36 cycles (ISO 12233 annex E): frequency rises towards the middle.
    case siemensStar = "siemens-star"
    /// Ramps of grey, red, green and blue, linear in light from left to right.
    case ramps
    /// Disks, squares and triangles that move and bounce, with their boxes known.
    case shapes

    /// Whether frames differ.
    package var moves: Bool { self == .shapes }
}

/// Rows of a chart as linear sRGB light, 1 for white.
package struct ChartLight {
    let chart: Chart
    let width: Int
    let height: Int
    let shapes: [MovingShape]
    private let patches: [SIMD3<Float>]

    /// - Parameter frame: which one, for charts that move.
    package init(_ chart: Chart, width: Int, height: Int, frame: UInt64) {
        self.chart = chart
        self.width = width
        self.height = height
        shapes = chart == .shapes ? MovingShape.all(width: width, height: height, frame: frame) : []
        patches = chart == .colorChecker ? ColorChecker.light : []
    }

    /// Writes the light of `row` over `rgb`, interleaved.
    package func fill(_ rgb: inout [Float], row: Int) {
        switch chart {
        case .colorChecker: fill(&rgb) { colorChecker(x: $0, y: row) }
        case .slantedEdge:
            fill(&rgb) { x in
                let light = slantedEdge(x: Float(x) + 0.5, y: Float(row) + 0.5)
                return SIMD3(repeating: light)
            }
        case .siemensStar:
            fill(&rgb) { x in
                SIMD3(repeating: siemensStar(x: Float(x) + 0.5, y: Float(row) + 0.5))
            }
        case .ramps:
            let channel = row * 4 / height
            fill(&rgb) { x in
                let light = (Float(x) + 0.5) / Float(width)
                var color = SIMD3<Float>(repeating: channel == 0 ? light : 0)
                if channel > 0 { color[channel - 1] = light }
                return color
            }
        case .shapes:
            fill(&rgb) { _ in SIMD3(repeating: 0.18) }
            for shape in shapes { shape.draw(on: &rgb, row: row) }
        }
    }

    @inline(__always)
    private func fill(_ rgb: inout [Float], _ light: (Int) -> SIMD3<Float>) {
        rgb.withUnsafeMutableBufferPointer { rgb in
            for x in 0..<width {
                let color = light(x)
                rgb[3 * x] = color.x
                rgb[3 * x + 1] = color.y
                rgb[3 * x + 2] = color.z
            }
        }
    }

    /// Six by four patches in nine tenths of the picture, an eighth of each a black frame.
    private func colorChecker(x: Int, y: Int) -> SIMD3<Float> {
        let side = min(width * 9 / 60, height * 9 / 40)
        let left = x - (width - 6 * side) / 2
        let top = y - (height - 4 * side) / 2
        let black = SIMD3<Float>(repeating: 0.02)
        guard side > 0, left >= 0, top >= 0, left < 6 * side, top < 4 * side else { return black }
        let border = side / 16
        let inside = border..<side - border
        guard inside.contains(left % side), inside.contains(top % side) else { return black }
        return patches[top / side * 6 + left / side]
    }

    /// Distance to each side of the square decides how much of a pixel it covers.
    private func slantedEdge(x: Float, y: Float) -> Float {
        // cos and sin of 5 degrees
        let (c, s): (Float, Float) = (0.9961947, 0.087155744)
        let dx = x - Float(width) / 2
        let dy = y - Float(height) / 2
        let half = Float(min(width, height)) / 4
        let across = min(max(half - abs(c * dx + s * dy) + 0.5, 0), 1)
        let along = min(max(half - abs(c * dy - s * dx) + 0.5, 0), 1)
        return 0.6 - across * along * 0.5
    }

    private func siemensStar(x: Float, y: Float) -> Float {
        let cycles = 36
        let dx = Double(x) - Double(width) / 2
        let dy = Double(y) - Double(height) / 2
        let r = (dx * dx + dy * dy).squareRoot()
        // Within this radius a cycle is shorter than two pixels: a lens would show grey.
        guard r <= Double(min(width, height)) * 0.45, r >= Double(cycles) / 3.1415926535897931 else { return 0.4 }
        // The sine of 36 times the angle is the imaginary part of the 36th power of the direction: 36 = 32 + 4.
        let direction = SIMD2(dx / r, dy / r)
        func product(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> SIMD2<Double> {
            SIMD2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x)
        }
        let second = product(direction, direction)
        let fourth = product(second, second)
        let eighth = product(fourth, fourth)
        let sixteenth = product(eighth, eighth)
        return Float(0.4 + 0.3 * product(product(sixteenth, sixteenth), fourth).y)
    }
}
