import Imaging
import Sensor
import TestSupport
import Testing

@Suite("Pixel packing")
struct PixelPackerTests {
    static let formats = PixelFormat.all.filter { $0.cfa == .rggb || $0.cfa == nil }

    @Test("gives back every sample when unpacked", arguments: formats, [1, 2, 3, 4, 5, 7, 8, 31, 100])
    func roundTrip(format: PixelFormat, width: Int) {
        var random = SplitMix64(seed: UInt64(width))
        let samples = (0..<width).map { _ in UInt16.random(in: 0...UInt16(format.maximumSample), using: &random) }
        let byteCount = format.minimumRowStride(width: width)
        var row = [UInt8](repeating: 0, count: byteCount + 4)
        for index in byteCount..<row.count { row[index] = 0x5A }
        row.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            PixelPacker(format: format).pack(samples, width: width, into: start)
        }
        #expect((0..<width).map { Self.sample($0, of: row, format) } == samples)
        #expect(row[byteCount...].allSatisfy { $0 == 0x5A }, "writes nothing past the row")
    }

    @Test("lays RAW10 out as CSI-2 does: high bytes, then low bits with the first sample lowest")
    func raw10Bytes() {
        var row = [UInt8](repeating: 0, count: 5)
        row.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            PixelPacker(format: PixelFormat(cfa: .rggb, bitDepth: 10, packing: .csi2))
                .pack([0x3FD, 0x002, 0x107, 0x200], width: 4, into: start)
        }
        #expect(row == [0xFF, 0x00, 0x41, 0x80, 0b00_11_10_01])
    }

    /// Sample `x` of a packed row, bit by bit from the definition of the format.
    private static func sample(_ x: Int, of row: [UInt8], _ format: PixelFormat) -> UInt16 {
        func bits(_ first: Int, _ count: Int) -> UInt16 {
            (0..<count).reduce(0) { value, index in
                let bit = first + index
                return value | UInt16(row[bit / 8] >> UInt8(bit % 8) & 1) << UInt16(index)
            }
        }
        let depth = format.bitDepth
        switch format.packing {
        case .unpacked: return depth == 8 ? UInt16(row[x]) : UInt16(row[2 * x]) | UInt16(row[2 * x + 1]) << 8
        case .lsb: return bits(x * depth, depth)
        case .csi2:
            let group = depth == 12 ? 2 : 4
            let start = x / group * group * depth
            let low = depth - 8
            return bits(start + x % group * 8, 8) << UInt16(low) | bits(start + group * 8 + x % group * low, low)
        case .gigeVision:
            let start = x / 2 * 24
            let high = bits(start + x % 2 * 16, 8)
            return high << UInt16(depth - 8) | bits(start + 8 + x % 2 * 4, depth - 8)
        }
    }
}
