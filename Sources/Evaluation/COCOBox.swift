/// A box as COCO writes it: left, top, width, height in pixels.
package struct COCOBox: Sendable, Equatable {
    package var x: Double
    package var y: Double
    package var width: Double
    package var height: Double

    package init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// `nil` unless there are four finite numbers.
    init?(_ numbers: [Double]) {
        guard numbers.count == 4, numbers.allSatisfy(\.isFinite) else { return nil }
        self.init(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
    }

    package var area: Double { width * height }

    /// Intersection over union; for a crowd, the part of this box that lies in it.
    func overlap(with truth: COCOBox, isCrowd: Bool) -> Double {
        let sharedWidth = min(x + width, truth.x + truth.width) - max(x, truth.x)
        let sharedHeight = min(y + height, truth.y + truth.height) - max(y, truth.y)
        guard sharedWidth > 0, sharedHeight > 0 else { return 0 }
        let shared = sharedWidth * sharedHeight
        return shared / (isCrowd ? area : area + truth.area - shared)
    }
}
