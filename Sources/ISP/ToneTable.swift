internal import CKernels
internal import Tensors

/// A tone curve as the kernels take it: straight pieces over the square root of linear light, 0…65535 (`ck_tone`).
struct ToneTable: Sendable {
    private let pieces: ByteStorage
    private let expanded: ByteStorage

    /// - Parameter wide: 16-bit output, else 8-bit.
    init(_ curve: ToneCurve, wide: Bool) {
        // 8-bit results are read from the upper byte after adding one half.
        let fullScale = wide ? 65535 : 255 << 8
        func knot(_ value: Int) -> Int {
            let coded = curve.value(squareRoot: Double(min(value, 65535)) / 65535)
            return min(fullScale, Int((coded * Double(fullScale)).rounded()))
        }
        var tables = [UInt16](repeating: 0, count: 4 * 64)
        for piece in 0..<64 {
            let fine = (knot(64 * piece), knot(64 * (piece + 1)))
            tables[piece] = UInt16(fine.0)
            tables[64 + piece] = UInt16(fine.1 - fine.0)
            let coarse = (knot(1024 * piece), knot(1024 * (piece + 1)))
            tables[128 + piece] = UInt16(coarse.0)
            tables[192 + piece] = UInt16(coarse.1 - coarse.0)
        }
        // White is at 1023/1024 of the last piece: its rise is stretched so that white is met to the bit.
        let lastRise = (knot(65535) - Int(tables[191])) * 1024
        tables[255] = UInt16(min(65535, (lastRise + 1022) / 1023))

        pieces = tables.withUnsafeBytes { ByteStorage(copying: $0) }
        expanded = ByteStorage(byteCount: wide ? 2 << 16 : 1 << 16)
        for value in 0...65535 {
            let isFine = value < 4096
            let piece = isFine ? value >> 6 : 128 + value >> 10
            let fraction = isFine ? value << 10 & 0xffff : value << 6 & 0xffff
            let result = Int(tables[piece]) + (Int(tables[piece + 64]) * fraction) >> 16
            if wide {
                expanded.mutableBytes.storeBytes(of: UInt16(result), toByteOffset: 2 * value, as: UInt16.self)
            } else {
                expanded.mutableBytes[value] = UInt8((result + 128) >> 8)
            }
        }
    }

    /// Valid as long as the table lives.
    var kernelTables: ck_tone {
        ck_tone(pieces: UnsafePointer(pieces.base.assumingMemoryBound(to: UInt16.self)), expanded: expanded.base)
    }
}
