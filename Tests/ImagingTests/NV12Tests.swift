import Imaging
import Testing

@Suite("NV12")
struct NV12Tests {
    private func picture(_ width: Int, _ height: Int, _ color: (Int, Int) -> [UInt8]) -> Picture {
        let picture = Picture(width: width, height: height, format: .rgb8)
        for y in 0..<height {
            for x in 0..<width {
                for (channel, value) in color(x, y).enumerated() {
                    picture.row(y).storeBytes(of: value, toByteOffset: 3 * x + channel, as: UInt8.self)
                }
            }
        }
        return picture
    }

    /// Colour bars of BT.601, limited range, as published (ITU-R BT.801).
    @Test(
        "colours become those of BT.601",
        arguments: [
            ([255, 255, 255], [235, 128, 128]), ([0, 0, 0], [16, 128, 128]), ([255, 0, 0], [82, 90, 240]),
            ([0, 255, 0], [145, 54, 34]), ([0, 0, 255], [41, 240, 110]),
        ] as [([UInt8], [UInt8])])
    func colors(rgb: [UInt8], expected: [UInt8]) {
        let bytes = picture(4, 2) { _, _ in rgb }.nv12()
        #expect(bytes.count == 12)
        for (found, wanted) in zip([bytes[0], bytes[8], bytes[9]], expected) {
            #expect(abs(Int(found) - Int(wanted)) <= 1)
        }
    }

    @Test("odd sizes have chroma for their last column and row", arguments: [(1, 1), (3, 2), (2, 3), (5, 5)])
    func oddSizes(width: Int, height: Int) {
        let bytes = picture(width, height) { x, y in x == width - 1 && y == height - 1 ? [255, 0, 0] : [0, 0, 0] }
            .nv12()
        let chroma = (width + 1) / 2 * ((height + 1) / 2)
        #expect(bytes.count == width * height + 2 * chroma)
        #expect(bytes[width * height - 1] == 82)
        // The last pixel alone makes the last chroma where both sizes are odd.
        let share = (width & 1 == 1 ? 2 : 1) * (height & 1 == 1 ? 2 : 1)
        #expect(abs(Int(bytes[bytes.count - 1]) - (128 + 28 * share)) <= 1)
    }

    @Test("16-bit and grey pictures are as their 8-bit ones")
    func formats() {
        let wide = Picture(width: 2, height: 2, format: .rgb16)
        for y in 0..<2 {
            for at in 0..<6 {
                wide.row(y).storeBytes(of: UInt16(40 * at) << 8 | 17, toByteOffset: 2 * at, as: UInt16.self)
            }
        }
        let narrow = picture(2, 2) { x, _ in (0..<3).map { UInt8(40 * (3 * x + $0)) } }
        #expect(wide.nv12() == narrow.nv12())
        let gray = Picture(width: 2, height: 2, format: .gray8)
        #expect(gray.nv12() == [16, 16, 16, 16, 128, 128])
    }
}
