internal import Imaging

/// Lines of text on a map of probabilities (Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", 2020,
/// section 3.5), as upright boxes.
///
/// Pixels above 0.3 that touch are a line, shrunken as the network was trained to see it; its score is their mean. A box grows on
/// every side by its area × 1.6 / its circumference.
struct TextRegionsDecoder: Sendable {
    let width: Int
    let height: Int

    private static let threshold: Float = 0.3
    private static let growth: Float = 1.6
    /// Sides of the shrunken box, input pixels: less is noise.
    private static let leastSide = 3

    /// In input pixels, in the order of their first pixels.
    func candidates(_ values: UnsafeBufferPointer<Float>, options: DecodingOptions) -> [Detection] {
        guard options.keeps(0) else { return [] }
        var isSeen = [Bool](repeating: false, count: values.count)
        var waiting: [Int] = []
        var found: [Detection] = []
        for first in values.indices where values[first] > Self.threshold && !isSeen[first] {
            var (left, top, right, bottom) = (width, height, 0, 0)
            var (sum, count) = (Float(0), 0)
            isSeen[first] = true
            waiting.append(first)
            while let pixel = waiting.popLast() {
                let (x, y) = (pixel % width, pixel / width)
                (left, right) = (min(left, x), max(right, x + 1))
                (top, bottom) = (min(top, y), max(bottom, y + 1))
                sum += min(1, values[pixel])
                count += 1
                for row in max(0, y - 1)...min(height - 1, y + 1) {
                    for column in max(0, x - 1)...min(width - 1, x + 1) {
                        let next = row * width + column
                        guard values[next] > Self.threshold, !isSeen[next] else { continue }
                        isSeen[next] = true
                        waiting.append(next)
                    }
                }
            }
            let score = sum / Float(count)
            guard min(right - left, bottom - top) >= Self.leastSide, score >= options.confidence else { continue }
            let (w, h) = (Float(right - left), Float(bottom - top))
            let margin = w * h * Self.growth / (2 * (w + h))
            found.append(
                Detection(
                    rect: Rect(
                        x0: Float(left) - margin, y0: Float(top) - margin, x1: Float(right) + margin,
                        y1: Float(bottom) + margin), classID: 0, score: score))
        }
        return found
    }
}
