package import Imaging

/// A shape that moves in a cell of its own, straight ahead and back from the cell's edges: no shape ever hides another, and
/// its box is exact.
package struct MovingShape: Sendable, Equatable {
    package enum Kind: Int, Sendable, CaseIterable {
        case disk, square, triangle

        package var name: String {
            switch self {
            case .disk: "disk"
            case .square: "square"
            case .triangle: "triangle"
            }
        }
    }

    package let kind: Kind
    /// What the shape spans, in pixels of the full picture, edges between pixels allowed.
    package let box: Rect
    let color: SIMD3<Float>

    private static let columns = 3
    private static let rows = 2
    private static let colors: [SIMD3<Float>] = [
        SIMD3(0.7, 0.05, 0.05), SIMD3(0.05, 0.5, 0.08), SIMD3(0.06, 0.1, 0.7), SIMD3(0.8, 0.6, 0.05),
        SIMD3(0.5, 0.08, 0.6), SIMD3(0.05, 0.5, 0.6),
    ]

    /// The shapes of frame `frame` of a picture of this size.
    package static func all(width: Int, height: Int, frame: UInt64) -> [MovingShape] {
        let cellWidth = Float(width) / Float(columns)
        let cellHeight = Float(height) / Float(rows)
        return (0..<columns * rows).map { index in
            let size = min(cellWidth, cellHeight) * (0.3 + 0.05 * Float(index))
            let left = Float(index % columns) * cellWidth
            let top = Float(index / columns) * cellHeight
            // Steps of whole pixels, another for each shape, from another start.
            let x = bounce(frame, step: 5 + UInt64(index), start: UInt64(index) * 37, room: cellWidth - size - 2)
            let y = bounce(frame, step: 3 + UInt64(index) * 2, start: UInt64(index) * 61, room: cellHeight - size - 2)
            let x0 = left + 1 + x
            let y0 = top + 1 + y
            return MovingShape(
                kind: Kind.allCases[index % Kind.allCases.count],
                box: Rect(x0: x0, y0: y0, x1: x0 + size, y1: y0 + size),
                color: colors[index])
        }
    }

    /// How far from its start something is after `frame` steps to and fro in `room` pixels.
    private static func bounce(_ frame: UInt64, step: UInt64, start: UInt64, room: Float) -> Float {
        let length = UInt64(max(1, room))
        let way = (frame % (2 * length) * step + start) % (2 * length)
        return Float(way < length ? way : 2 * length - way)
    }

    /// Lays the shape over a row of light; pixels that it covers in part take part of its colour.
    func draw(on rgb: inout [Float], row: Int) {
        let y = Float(row) + 0.5
        guard y > box.y0 - 1, y < box.y1 + 1 else { return }
        let width = rgb.count / 3
        let first = max(0, Int(box.x0) - 1)
        let last = min(width, Int(box.x1) + 2)
        guard first < last else { return }
        for x in first..<last {
            let cover = coverage(x: Float(x) + 0.5, y: y)
            guard cover > 0 else { continue }
            for channel in 0..<3 { rgb[3 * x + channel] += (color[channel] - rgb[3 * x + channel]) * cover }
        }
    }

    /// Share of the pixel around (x, y) that lies inside, by the distance to the edge.
    private func coverage(x: Float, y: Float) -> Float {
        let dx = x - (box.x0 + box.x1) / 2
        let dy = y - (box.y0 + box.y1) / 2
        let half = box.width / 2
        let depth: Float =
            switch kind {
            case .disk: half - (dx * dx + dy * dy).squareRoot()
            case .square: half - max(abs(dx), abs(dy))
            case .triangle:
                // Apex on the middle of the top edge, base on the bottom; the sides have a slope of 2: 1/sqrt(5), 2/sqrt(5).
                min(half - dy, (dy + half) * 0.4472136 - abs(dx) * 0.8944272)
            }
        return min(max(depth + 0.5, 0), 1)
    }
}
