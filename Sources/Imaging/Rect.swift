/// A rectangle by its corners: `x0`, `y0` inclusive, `x1`, `y1` exclusive, in pixels of the upright picture unless said
/// otherwise; pixel (0, 0) spans 0…1.
package struct Rect: Sendable, Hashable {
    package var x0: Float
    package var y0: Float
    package var x1: Float
    package var y1: Float

    package init(x0: Float, y0: Float, x1: Float, y1: Float) {
        self.x0 = x0
        self.y0 = y0
        self.x1 = x1
        self.y1 = y1
    }

    package var width: Float { max(0, x1 - x0) }
    package var height: Float { max(0, y1 - y0) }
    package var area: Float { width * height }

    package func intersection(_ other: Rect) -> Rect {
        Rect(x0: max(x0, other.x0), y0: max(y0, other.y0), x1: min(x1, other.x1), y1: min(y1, other.y1))
    }

    /// Intersection over union, 0…1; 0 when both are empty.
    package func intersectionOverUnion(_ other: Rect) -> Float {
        let shared = intersection(other).area
        let union = area + other.area - shared
        return union > 0 ? shared / union : 0
    }
}
