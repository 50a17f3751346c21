internal import Imaging
internal import Tensors

extension RawFrame {
    /// Writes the `width` samples of row `y` to `target`, whatever the packing. Plain and unhurried: the ISP has the fast
    /// kernels; writing files does not need them.
    func copySamples(row y: Int, into target: UnsafeMutablePointer<UInt16>) {
        let start = byteOffset + y * rowStride
        let row = UnsafeRawBufferPointer(
            rebasing: storage.bytes[start..<start + pixelFormat.minimumRowStride(width: width)])
        switch pixelFormat.packing {
        case .unpacked:
            if pixelFormat.bitDepth == 8 {
                for x in 0..<width { target[x] = UInt16(row[x]) }
            } else {
                for x in 0..<width {
                    target[x] = UInt16(littleEndian: row.loadUnaligned(fromByteOffset: 2 * x, as: UInt16.self))
                }
            }
        case .csi2: unpackCSI2(row, target)
        case .lsb: unpackLSB(row, target)
        case .gigeVision:
            let low = pixelFormat.bitDepth - 8
            for x in 0..<width {
                let group = x / 2 * 3
                let tail = row[group + 1] >> UInt8(x % 2 * 4) & (1 << UInt8(low) - 1)
                target[x] = UInt16(row[group + x % 2 * 2]) << UInt16(low) | UInt16(tail)
            }
        }
    }

    /// High bytes of a group first, then the low bits of all its samples, first sample lowest (MIPI CSI-2, section 11.4).
    private func unpackCSI2(_ row: UnsafeRawBufferPointer, _ target: UnsafeMutablePointer<UInt16>) {
        let low = pixelFormat.bitDepth - 8
        let groupSize = pixelFormat.bitDepth == 12 ? 2 : 4
        let tailByteCount = groupSize * low / 8
        for x in 0..<width {
            let group = x / groupSize * (groupSize + tailByteCount)
            var tails: UInt32 = 0
            for index in 0..<tailByteCount { tails |= UInt32(row[group + groupSize + index]) << UInt32(8 * index) }
            let tail = tails >> UInt32(x % groupSize * low) & (1 << UInt32(low) - 1)
            target[x] = UInt16(row[group + x % groupSize]) << UInt16(low) | UInt16(tail)
        }
    }

    private func unpackLSB(_ row: UnsafeRawBufferPointer, _ target: UnsafeMutablePointer<UInt16>) {
        let depth = pixelFormat.bitDepth
        var held: UInt32 = 0
        var heldBits = 0
        var position = 0
        for x in 0..<width {
            while heldBits < depth {
                held |= UInt32(row[position]) << UInt32(heldBits)
                position += 1
                heldBits += 8
            }
            target[x] = UInt16(truncatingIfNeeded: held & (1 << UInt32(depth) - 1))
            held >>= UInt32(depth)
            heldBits -= depth
        }
    }
}
