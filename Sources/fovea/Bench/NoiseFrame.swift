import Imaging
import Tensors

/// A raw frame of noise to measure with: what no stage can take a short cut on.
enum NoiseFrame {
    /// Reads `4056x3040`.
    static func extents(_ text: String) -> (width: Int, height: Int)? {
        let parts = text.split(separator: "x").compactMap { Int($0) }
        guard parts.count == 2, parts.allSatisfy((2...16384).contains) else { return nil }
        return (parts[0], parts[1])
    }

    static func make(width: Int, height: Int, format: PixelFormat) -> RawFrame {
        let storage = ByteStorage(byteCount: format.minimumRowStride(width: width) * height)
        let bytes = storage.mutableBytes
        let isWide = format.packing == .unpacked && format.bitDepth > 8
        var state: UInt64 = 1
        for index in 0..<bytes.count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let byte = UInt8(truncatingIfNeeded: state >> 56)
            // The upper bytes of unpacked samples stay within the depth.
            bytes[index] = isWide && index & 1 == 1 ? byte >> (16 - format.bitDepth) : byte
        }
        let black = Double(1 << (format.bitDepth - 4))
        return RawFrame(
            width: width, height: height, pixelFormat: format, storage: storage,
            blackLevel: [black, black, black, black], whiteBalanceGains: SIMD3(2, 1, 1.5),
            cameraToSRGB: ColorMatrix([1.7, -0.5, -0.2, -0.3, 1.6, -0.3, 0.05, -0.6, 1.55]))
    }
}
