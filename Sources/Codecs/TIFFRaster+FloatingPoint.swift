internal import Tensors

extension TIFFRaster {
    /// Floating point samples as words: `white` becomes 65535, what lies beyond it too, everything below 0 and what is no
    /// number 0; halves round to even.
    func scaledSamples(in file: ByteStorage, white: Double) throws(CodecError) -> Samples {
        precondition(isFloatingPoint && white > 0)
        let rowStride = 2 * width * samplesPerPixel
        let storage = ByteStorage(byteCount: rowStride * height, zeroed: false)
        let scale = Float(65535 / white)
        for index in chunks.indices {
            let stored = UnsafeRawBufferPointer(rebasing: file.bytes[chunks[index]])
            let inflated = compression == .deflate ? try inflatedChunk(index, stored) : nil
            let isBig = inflated != nil && predictor != nil ? true : isBigEndian
            let bytes = inflated?.bytes ?? stored
            let extent = extent(ofChunk: index)
            let count = extent.width * samplesPerPixel
            for row in 0..<extent.height {
                let source = UnsafeRawBufferPointer(
                    rebasing: bytes[(row * chunkRowByteCount)..<((row + 1) * chunkRowByteCount)])
                let target =
                    (storage.base + (extent.y + row) * rowStride).assumingMemoryBound(to: UInt16.self)
                    + extent.x * samplesPerPixel
                scale16(source, count, isBigEndian: isBig, scale: scale, into: target)
            }
            withExtendedLifetime(inflated) {}
        }
        return Samples(storage: storage, byteOffset: 0, rowStride: rowStride)
    }

    private func scale16(
        _ source: UnsafeRawBufferPointer, _ count: Int, isBigEndian: Bool, scale: Float,
        into target: UnsafeMutablePointer<UInt16>
    ) {
        let size = bitsPerSample / 8
        for index in 0..<count {
            var bits: UInt32 = 0
            for byte in 0..<size {
                let position = isBigEndian ? byte : size - 1 - byte
                bits = bits << 8 | UInt32(source[index * size + position])
            }
            let value = Self.number(bits, bitsPerSample: bitsPerSample) * scale
            // The comparison fails for what is no number.
            target[index] = value > 0 ? UInt16(min(value, 65535).rounded(.toNearestOrEven)) : 0
        }
    }

    /// Sign, exponent and mantissa of 1, 5, 10 bits (IEEE 754 binary16), 1, 7, 16 (DNG specification, BitsPerSample) or
    /// binary32.
    static func number(_ bits: UInt32, bitsPerSample: Int) -> Float {
        if bitsPerSample == 32 { return Float(bitPattern: bits) }
        let (exponentBits, mantissaBits): (UInt32, UInt32) = bitsPerSample == 16 ? (5, 10) : (7, 16)
        let sign = bits >> (exponentBits + mantissaBits) & 1
        let exponent = bits >> mantissaBits & (1 << exponentBits - 1)
        let mantissa = bits & (1 << mantissaBits - 1)
        let bias = Int(1) << Int(exponentBits - 1) - 1
        let magnitude: Float
        if exponent == 1 << exponentBits - 1 {
            magnitude = mantissa == 0 ? .infinity : .nan
        } else if exponent == 0 {
            magnitude = Float(sign: .plus, exponent: 1 - bias - Int(mantissaBits), significand: Float(mantissa))
        } else {
            let significand = Float(mantissa | 1 << mantissaBits)
            magnitude = Float(
                sign: .plus, exponent: Int(exponent) - bias - Int(mantissaBits), significand: significand)
        }
        return sign == 1 ? -magnitude : magnitude
    }
}
