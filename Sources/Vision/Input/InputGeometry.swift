package import Imaging

/// Where a picture lies in a network's input: a rectangle of whole picture pixels fills a rectangle of whole input pixels.
///
/// The map between them is linear along each axis, so boxes go both ways.
package struct InputGeometry: Sendable, Equatable {
    /// A rectangle of whole pixels.
    package struct Region: Sendable, Equatable {
        package var x: Int
        package var y: Int
        package var width: Int
        package var height: Int

        package init(x: Int, y: Int, width: Int, height: Int) {
            self.x = x
            self.y = y
            self.width = width
            self.height = height
        }
    }

    package let pictureWidth: Int
    package let pictureHeight: Int
    /// The part of the picture that the network sees.
    package let source: Region
    /// Where that part lies in the input; the rest is padding.
    package let target: Region

    /// Places a picture of `width` × `height` as `input.fit` says.
    ///
    /// A letterbox scales by s = min(W / width, H / height) to whole pixels, halves up, at least 1; a centred one leaves the odd
    /// pixel of padding to the right and bottom. A centre crop takes the largest part with the input's aspect ratio, in
    /// whole pixels, halves up, at least 1, and `input.cropFraction` of that likewise; the odd pixel is dropped at the right and bottom.
    package init(input: ModelManifest.Input, pictureWidth width: Int, pictureHeight height: Int) {
        precondition(width > 0 && height > 0)
        pictureWidth = width
        pictureHeight = height
        let whole = Region(x: 0, y: 0, width: width, height: height)
        switch input.fit {
        case .stretch:
            source = whole
            target = Region(x: 0, y: 0, width: input.width, height: input.height)
        case .letterbox, .topLeftLetterbox:
            source = whole
            let fitted = Self.largest(width: width, height: height, inside: (input.width, input.height))
            let isCentred = input.fit == .letterbox
            target = Region(
                x: isCentred ? (input.width - fitted.width) / 2 : 0,
                y: isCentred ? (input.height - fitted.height) / 2 : 0, width: fitted.width, height: fitted.height)
        case .centerCrop:
            let crop = Self.largest(width: input.width, height: input.height, inside: (width, height))
            let cropWidth = max(1, Int((Double(crop.width) * input.cropFraction + 0.5).rounded(.down)))
            let cropHeight = max(1, Int((Double(crop.height) * input.cropFraction + 0.5).rounded(.down)))
            source = Region(
                x: (width - cropWidth) / 2, y: (height - cropHeight) / 2, width: cropWidth, height: cropHeight)
            target = Region(x: 0, y: 0, width: input.width, height: input.height)
        }
    }

    /// The size with the aspect ratio of `width` : `height` that just fits inside `bounds`, rounded halves up.
    private static func largest(
        width: Int, height: Int, inside bounds: (width: Int, height: Int)
    ) -> (width: Int, height: Int) {
        // bounds.width / width ≤ bounds.height / height, in integers.
        if bounds.width * height <= bounds.height * width {
            (bounds.width, max(1, min(bounds.height, (2 * height * bounds.width + width) / (2 * width))))
        } else {
            (max(1, min(bounds.width, (2 * width * bounds.height + height) / (2 * height))), bounds.height)
        }
    }

    /// A rectangle of the picture in input pixels.
    package func toInput(_ rect: Rect) -> Rect {
        map(rect, from: source, to: target)
    }

    /// A rectangle in input pixels on the picture; it may reach past the picture's edges.
    package func toPicture(_ rect: Rect) -> Rect {
        map(rect, from: target, to: source)
    }

    /// `rect` cut to the picture.
    package func clipped(_ rect: Rect) -> Rect {
        rect.intersection(Rect(x0: 0, y0: 0, x1: Float(pictureWidth), y1: Float(pictureHeight)))
    }

    private func map(_ rect: Rect, from: Region, to: Region) -> Rect {
        let scaleX = Double(to.width) / Double(from.width)
        let scaleY = Double(to.height) / Double(from.height)
        func x(_ value: Float) -> Float { Float((Double(value) - Double(from.x)) * scaleX + Double(to.x)) }
        func y(_ value: Float) -> Float { Float((Double(value) - Double(from.y)) * scaleY + Double(to.y)) }
        return Rect(x0: x(rect.x0), y0: y(rect.y0), x1: x(rect.x1), y1: y(rect.y1))
    }
}
