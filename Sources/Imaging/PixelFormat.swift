/// How raw samples lie in memory: colour filter order, bits per sample, and packing.
package struct PixelFormat: Hashable, Sendable {
    /// How samples of more or less than a whole byte are laid out in a row.
    package enum Packing: String, Sendable, Hashable, CaseIterable {
        /// One byte a sample for 8 bits, else two bytes, little endian, low-aligned, upper bits zero (V4L2, PFNC).
        case unpacked
        /// MIPI CSI-2 (V4L2 `…P`): groups of 4 (10 and 14 bit) or 2 (12 bit) samples, high bytes first, then the low bits.
        case csi2
        /// PFNC `p`: a little-endian bit stream, least significant bit first.
        case lsb
        /// GigE Vision 1 `Packed` (10 and 12 bit): two samples in three bytes, high bytes outside, low bits in the middle.
        case gigeVision
    }

    /// `nil` for monochrome.
    package var cfa: CFAPattern?
    /// 8, 10, 12, 14 or 16.
    package var bitDepth: Int
    package var packing: Packing

    package init(cfa: CFAPattern?, bitDepth: Int, packing: Packing = .unpacked) {
        self.cfa = cfa
        self.bitDepth = bitDepth
        self.packing = packing
    }

    /// Whether this combination of depth and packing exists.
    package var isDefined: Bool {
        switch packing {
        case .unpacked: [8, 10, 12, 14, 16].contains(bitDepth)
        case .csi2: [10, 12, 14].contains(bitDepth)
        case .lsb: [10, 12, 14].contains(bitDepth)
        case .gigeVision: [10, 12].contains(bitDepth)
        }
    }

    /// Bytes that `width` samples need, without padding at the end of the row.
    package func minimumRowStride(width: Int) -> Int {
        switch packing {
        case .unpacked: bitDepth == 8 ? width : 2 * width
        case .csi2:
            switch bitDepth {
            case 10: (width + 3) / 4 * 5
            case 12: (width + 1) / 2 * 3
            default: (width + 3) / 4 * 7
            }
        case .lsb: (width * bitDepth + 7) / 8
        case .gigeVision: (width + 1) / 2 * 3
        }
    }

    /// The largest value a sample can hold.
    package var maximumSample: Int { (1 << bitDepth) - 1 }
}
