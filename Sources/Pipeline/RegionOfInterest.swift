internal import Imaging

/// A part of the upright frame by its corners: in pixels, or as parts of its width and height.
package struct RegionOfInterest: Sendable, Equatable {
    package enum Unit: Sendable { case pixels, fractions }

    package var x0: Double
    package var y0: Double
    package var x1: Double
    package var y1: Double
    package var unit: Unit

    package init(x0: Double, y0: Double, x1: Double, y1: Double, unit: Unit) {
        self.x0 = x0
        self.y0 = y0
        self.x1 = x1
        self.y1 = y1
        self.unit = unit
    }

    /// `x0,y0,x1,y1`: parts of the frame when none is above 1, else pixels. `nil` for anything else.
    package init?(_ text: String) {
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        guard numbers.count == 4, let x0 = numbers[0], let y0 = numbers[1], let x1 = numbers[2], let y1 = numbers[3]
        else { return nil }
        let isFraction = [x0, y0, x1, y1].allSatisfy { $0 <= 1 }
        self.init(x0: x0, y0: y0, x1: x1, y1: y1, unit: isFraction ? .fractions : .pixels)
    }

    /// - Throws: ``PipelineError`` when the corners are no rectangle.
    func validate() throws(PipelineError) {
        let numbers = [x0, y0, x1, y1]
        guard numbers.allSatisfy({ $0.isFinite && $0 >= 0 && $0 <= (unit == .fractions ? 1 : 1e6) }), x0 < x1, y0 < y1
        else {
            throw .badOption(
                name: "roi",
                detail: "\(numbers) are no corners x0 < x1, y0 < y1 of "
                    + (unit == .fractions ? "parts 0…1" : "pixels from 0"))
        }
    }

    /// The whole pixels of a picture of `width` × `height` that the region touches, where a pixel of it stands for `scale` of the
    /// frame's each way.
    ///
    /// - Throws: ``PipelineError`` when that is none.
    func pixels(width: Int, height: Int, scale: Double) throws(PipelineError) -> PixelRect {
        let (unitX, unitY) = unit == .fractions ? (Double(width), Double(height)) : (1 / scale, 1 / scale)
        let left = min(Double(width), (x0 * unitX).rounded(.down))
        let top = min(Double(height), (y0 * unitY).rounded(.down))
        let right = min(Double(width), (x1 * unitX).rounded(.up))
        let bottom = min(Double(height), (y1 * unitY).rounded(.up))
        guard right > left, bottom > top else {
            throw .badOption(
                name: "roi",
                detail: "lies outside the frame of \(Double(width) * scale)×\(Double(height) * scale) pixels")
        }
        return PixelRect(x: Int(left), y: Int(top), width: Int(right - left), height: Int(bottom - top))
    }
}

/// A second look: a model that is shown what the first one found.
package struct SecondStage: Sendable, Equatable {
    package var model: String
    /// Labels of the first model's detections to look at; `nil`: all.
    package var classes: [String]?
    /// 0…1; `nil`: the model's own.
    package var confidenceThreshold: Float?

    package init(model: String, classes: [String]? = nil, confidenceThreshold: Float? = nil) {
        self.model = model
        self.classes = classes
        self.confidenceThreshold = confidenceThreshold
    }
}
