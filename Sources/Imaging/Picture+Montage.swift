extension Picture {
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
