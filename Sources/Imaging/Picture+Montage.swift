extension Picture {
    /// The part of `width` × `height` from (`x`, `y`) on, in storage of its own; what lies outside is left away.
    ///
    /// - Returns: `nil` when nothing of it lies inside.
    package func cropped(x: Int, y: Int, width: Int, height: Int) -> Picture? {
        let (left, top) = (max(0, x), max(0, y))
        let (right, bottom) = (min(self.width, x + width), min(self.height, y + height))
        guard left < right, top < bottom else { return nil }
        let result = Picture(width: right - left, height: bottom - top, format: format)
        for row in top..<bottom {
            result.row(row - top).copyMemory(
                from: self.row(row) + left * format.bytesPerPixel, byteCount: (right - left) * format.bytesPerPixel)
        }
        return result
    }

    /// Each pixel two by two times.
    package func doubled() -> Picture {
        let result = Picture(width: 2 * width, height: 2 * height, format: format)
        let pixel = format.bytesPerPixel
        for y in 0..<height {
            for x in 0..<width {
                for copy in 0..<2 {
                    result.row(2 * y).advanced(by: (2 * x + copy) * pixel)
                        .copyMemory(from: row(y) + x * pixel, byteCount: pixel)
                }
            }
            result.row(2 * y + 1).copyMemory(from: result.row(2 * y), byteCount: 2 * width * pixel)
        }
        return result
    }

    /// Pictures of one format from left to right, `gap` black columns between them, as high as the highest.
    package static func sideBySide(_ pictures: [Picture], gap: Int) -> Picture? {
        guard let first = pictures.first else { return nil }
        precondition(gap >= 0 && pictures.allSatisfy { $0.format == first.format })
        let width = pictures.reduce(gap * (pictures.count - 1)) { $0 + $1.width }
        let height = pictures.reduce(0) { max($0, $1.height) }
        let result = Picture(width: width, height: height, format: first.format)
        var x = 0
        for picture in pictures {
            for y in 0..<picture.height {
                (result.row(y) + x * first.format.bytesPerPixel).copyMemory(
                    from: picture.row(y), byteCount: picture.width * first.format.bytesPerPixel)
            }
            x += picture.width + gap
        }
        return result
    }
}
