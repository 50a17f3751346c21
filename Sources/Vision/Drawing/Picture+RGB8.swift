internal import Imaging

extension Picture {
    /// The picture in storage of its own as rgb8: grey in all three samples, 16 bits divided by 257, halves up.
    func convertedToRGB8() -> Picture {
        let result = Picture(width: width, height: height, format: .rgb8)
        let isGray = format.channels == 1
        for y in 0..<height {
            let source = UnsafeRawPointer(row(y))
            let target = result.row(y).assumingMemoryBound(to: UInt8.self)
            for x in 0..<width {
                for channel in 0..<3 {
                    let index = isGray ? x : 3 * x + channel
                    if format.bytesPerSample == 1 {
                        target[3 * x + channel] = source.load(fromByteOffset: index, as: UInt8.self)
                    } else {
                        let sample = UInt32(source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
                        target[3 * x + channel] = UInt8((sample + 128) / 257)
                    }
                }
            }
        }
        return result
    }
}
