/// A rectangle of whole pixels.
package struct PixelRect: Sendable, Hashable {
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

    /// All of a picture.
    package init(all size: (width: Int, height: Int)) {
        self.init(x: 0, y: 0, width: size.width, height: size.height)
    }

    /// The whole pixels of a picture of `width` × `height` that `rect` touches; `nil` when there is none.
    package init?(touching rect: Rect, width: Int, height: Int) {
        guard rect.x0.isFinite, rect.y0.isFinite, rect.x1.isFinite, rect.y1.isFinite else { return nil }
        let x0 = max(0, min(Float(width), rect.x0.rounded(.down)))
        let y0 = max(0, min(Float(height), rect.y0.rounded(.down)))
        let x1 = max(0, min(Float(width), rect.x1.rounded(.up)))
        let y1 = max(0, min(Float(height), rect.y1.rounded(.up)))
        guard x1 > x0, y1 > y0 else { return nil }
        self.init(x: Int(x0), y: Int(y0), width: Int(x1 - x0), height: Int(y1 - y0))
    }
}

extension Picture {
    /// The pixels of `rect`, which lies inside, in storage of their own.
    package func cropped(to rect: PixelRect) -> Picture {
        precondition(rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= width && rect.y + rect.height <= height)
        let result = Picture(width: rect.width, height: rect.height, format: format)
        let rowBytes = rect.width * format.bytesPerPixel
        for y in 0..<rect.height {
            result.row(y).copyMemory(
                from: row(rect.y + y) + rect.x * format.bytesPerPixel, byteCount: rowBytes)
        }
        return result
    }
}
