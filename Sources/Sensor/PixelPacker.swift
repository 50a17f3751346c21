package import Imaging

/// Lays samples out in memory as a sensor's interface sends them: the inverse of unpacking.
package struct PixelPacker: Sendable {
    package let format: PixelFormat

    package init(format: PixelFormat) {
        precondition(format.isDefined, "a defined pixel format")
        self.format = format
    }

    /// Packs `width` samples, none above the format's maximum, into the `minimumRowStride(width:)` bytes at `row`; samples
    /// past the end of the last group count as 0.
    package func pack(_ samples: UnsafePointer<UInt16>, width: Int, into row: UnsafeMutableRawPointer) {
        let bytes = row.assumingMemoryBound(to: UInt8.self)
        switch (format.packing, format.bitDepth) {
        case (.unpacked, 8):
            for x in 0..<width { bytes[x] = UInt8(truncatingIfNeeded: samples[x]) }
        case (.unpacked, _):
            for x in 0..<width { row.storeBytes(of: samples[x].littleEndian, toByteOffset: 2 * x, as: UInt16.self) }
        case (.csi2, 10): packGroups(samples, width, bytes, size: 4, bytesPerGroup: 5, Self.packCSI10)
        case (.csi2, 12): packGroups(samples, width, bytes, size: 2, bytesPerGroup: 3, Self.packCSI12)
        case (.csi2, _): packGroups(samples, width, bytes, size: 4, bytesPerGroup: 7, Self.packCSI14)
        case (.gigeVision, 10): packGroups(samples, width, bytes, size: 2, bytesPerGroup: 3, Self.packGigE10)
        case (.gigeVision, _): packGroups(samples, width, bytes, size: 2, bytesPerGroup: 3, Self.packGigE12)
        case (.lsb, let depth): packBits(samples, width, bytes, depth: depth)
        }
    }

    @inline(__always)
    private func packGroups(
        _ samples: UnsafePointer<UInt16>, _ width: Int, _ bytes: UnsafeMutablePointer<UInt8>, size: Int,
        bytesPerGroup: Int, _ packGroup: (UnsafePointer<UInt16>, UnsafeMutablePointer<UInt8>) -> Void
    ) {
        let whole = width / size
        for group in 0..<whole { packGroup(samples + group * size, bytes + group * bytesPerGroup) }
        let rest = width - whole * size
        guard rest > 0 else { return }
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: size) { last in
            for index in 0..<size { last[index] = index < rest ? samples[whole * size + index] : 0 }
            if let start = last.baseAddress { packGroup(start, bytes + whole * bytesPerGroup) }
        }
    }

    /// Four high bytes, then one byte of low bits, the first sample's lowest.
    @inline(__always)
    private static func packCSI10(_ s: UnsafePointer<UInt16>, _ b: UnsafeMutablePointer<UInt8>) {
        for i in 0..<4 { b[i] = UInt8(truncatingIfNeeded: s[i] >> 2) }
        b[4] = UInt8(truncatingIfNeeded: (s[0] & 3) | (s[1] & 3) << 2 | (s[2] & 3) << 4 | (s[3] & 3) << 6)
    }

    /// Two high bytes, then one byte of low nibbles, the first sample's lowest.
    @inline(__always)
    private static func packCSI12(_ s: UnsafePointer<UInt16>, _ b: UnsafeMutablePointer<UInt8>) {
        b[0] = UInt8(truncatingIfNeeded: s[0] >> 4)
        b[1] = UInt8(truncatingIfNeeded: s[1] >> 4)
        b[2] = UInt8(truncatingIfNeeded: (s[0] & 15) | (s[1] & 15) << 4)
    }

    /// Four high bytes, then three bytes of six-bit tails, the first sample's lowest.
    @inline(__always)
    private static func packCSI14(_ s: UnsafePointer<UInt16>, _ b: UnsafeMutablePointer<UInt8>) {
        for i in 0..<4 { b[i] = UInt8(truncatingIfNeeded: s[i] >> 6) }
        b[4] = UInt8(truncatingIfNeeded: (s[0] & 63) | (s[1] & 3) << 6)
        b[5] = UInt8(truncatingIfNeeded: (s[1] & 63) >> 2 | (s[2] & 15) << 4)
        b[6] = UInt8(truncatingIfNeeded: (s[2] & 63) >> 4 | (s[3] & 63) << 2)
    }

    /// High bytes outside; in the middle byte the first sample's low bits at bit 0, the second's at bit 4.
    @inline(__always)
    private static func packGigE10(_ s: UnsafePointer<UInt16>, _ b: UnsafeMutablePointer<UInt8>) {
        b[0] = UInt8(truncatingIfNeeded: s[0] >> 2)
        b[1] = UInt8(truncatingIfNeeded: (s[0] & 3) | (s[1] & 3) << 4)
        b[2] = UInt8(truncatingIfNeeded: s[1] >> 2)
    }

    @inline(__always)
    private static func packGigE12(_ s: UnsafePointer<UInt16>, _ b: UnsafeMutablePointer<UInt8>) {
        b[0] = UInt8(truncatingIfNeeded: s[0] >> 4)
        b[1] = UInt8(truncatingIfNeeded: (s[0] & 15) | (s[1] & 15) << 4)
        b[2] = UInt8(truncatingIfNeeded: s[1] >> 4)
    }

    /// A little-endian stream of bits.
    private func packBits(
        _ samples: UnsafePointer<UInt16>, _ width: Int, _ bytes: UnsafeMutablePointer<UInt8>, depth: Int
    ) {
        var pending: UInt32 = 0
        var bits = 0
        var next = 0
        for x in 0..<width {
            pending |= UInt32(samples[x]) << UInt32(bits)
            bits += depth
            while bits >= 8 {
                bytes[next] = UInt8(truncatingIfNeeded: pending)
                next += 1
                pending >>= 8
                bits -= 8
            }
        }
        if bits > 0 { bytes[next] = UInt8(truncatingIfNeeded: pending) }
    }
}
