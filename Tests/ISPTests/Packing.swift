import Imaging
import Tensors

extension PixelFormat {
    /// Packs a row bit by bit, as the specifications draw it: the reference for unpacking.
    func pack(_ samples: [UInt16]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: minimumRowStride(width: samples.count))
        for (x, sample) in samples.enumerated() {
            for bit in 0..<bitDepth where sample >> bit & 1 == 1 {
                let (byte, position) = place(of: bit, sample: x)
                bytes[byte] |= 1 << position
            }
        }
        return bytes
    }

    /// Byte of the row and bit of the byte that hold bit `bit` of sample `x`.
    private func place(of bit: Int, sample x: Int) -> (byte: Int, bit: Int) {
        switch packing {
        case .unpacked:
            return bitDepth == 8 ? (x, bit) : (2 * x + bit / 8, bit % 8)
        case .lsb:
            return ((x * bitDepth + bit) / 8, (x * bitDepth + bit) % 8)
        case .csi2:
            let group = bitDepth == 12 ? 2 : 4
            let start = x / group * (group * bitDepth / 8)
            let tail = bitDepth - 8
            if bit >= tail { return (start + x % group, bit - tail) }
            let at = x % group * tail + bit
            return (start + group + at / 8, at % 8)
        case .gigeVision:
            let start = x / 2 * 3
            let tail = bitDepth - 8
            if bit >= tail { return (start + x % 2 * 2, bit - tail) }
            return (start + 1, x % 2 * 4 + bit)
        }
    }
}

extension RawFrame {
    /// A frame of the given samples, row by row.
    init(
        samples: [[UInt16]], pixelFormat: PixelFormat, padding: Int = 0, blackLevel: Double = 0,
        whiteLevel: Double? = nil, whiteBalanceGains: SIMD3<Double>? = nil, orientation: Orientation = .up
    ) {
        let width = samples[0].count
        let stride = pixelFormat.minimumRowStride(width: width) + padding
        var bytes: [UInt8] = []
        for (y, row) in samples.enumerated() {
            bytes += pixelFormat.pack(row)
            // The last row ends with its last sample: nothing may be read past it.
            if y + 1 < samples.count { bytes += [UInt8](repeating: 0xa5, count: padding) }
        }
        self.init(
            width: width, height: samples.count, pixelFormat: pixelFormat, rowStride: stride,
            storage: ByteStorage(bytes), blackLevel: [blackLevel, blackLevel, blackLevel, blackLevel],
            whiteLevel: whiteLevel, whiteBalanceGains: whiteBalanceGains, orientation: orientation)
    }
}
