extension Picture {
    /// The picture as NV12: a plane of luma, then one of Cb and Cr for each 2×2 pixels, interleaved, as video encoders take them.
    /// ITU-R BT.601, limited range (luma 16…235); chroma is the mean of its pixels, those of an odd last column or row of fewer.
    /// 16-bit pictures give their upper bytes.
    package func nv12() -> [UInt8] {
        let (chromaWidth, chromaHeight) = ((width + 1) / 2, (height + 1) / 2)
        var bytes = [UInt8](repeating: 0, count: width * height + 2 * chromaWidth * chromaHeight)
        let (pixel, sample) = (format.bytesPerPixel, format.bytesPerSample)
        func color(_ row: UnsafePointer<UInt8>, _ x: Int) -> SIMD3<Int> {
            let at = row + x * pixel + sample - 1
            return format.channels == 1
                ? SIMD3(repeating: Int(at[0])) : SIMD3(Int(at[0]), Int(at[sample]), Int(at[2 * sample]))
        }
        func row(_ y: Int) -> UnsafePointer<UInt8> { UnsafePointer(self.row(y).assumingMemoryBound(to: UInt8.self)) }
        bytes.withUnsafeMutableBufferPointer { bytes in
            for y in 0..<height {
                let source = row(y)
                for x in 0..<width {
                    let rgb = color(source, x)
                    bytes[y * width + x] = UInt8(16 + (66 * rgb.x + 129 * rgb.y + 25 * rgb.z + 128) >> 8)
                }
            }
            var at = width * height
            for y in 0..<chromaHeight {
                let (upper, lower) = (row(2 * y), row(min(2 * y + 1, height - 1)))
                for x in 0..<chromaWidth {
                    let (left, right) = (2 * x, min(2 * x + 1, width - 1))
                    let sum =
                        color(upper, left) &+ color(upper, right) &+ color(lower, left) &+ color(lower, right)
                    bytes[at] = UInt8(128 + (112 * sum.z - 38 * sum.x - 74 * sum.y + 512) >> 10)
                    bytes[at + 1] = UInt8(128 + (112 * sum.x - 94 * sum.y - 18 * sum.z + 512) >> 10)
                    at += 2
                }
            }
        }
        return bytes
    }
}
