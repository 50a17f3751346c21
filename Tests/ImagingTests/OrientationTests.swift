import Imaging
import Testing

@Suite struct OrientationTests {
    /// Pixels of the stored picture `abc/def` in reading order once upright, as the EXIF standard draws them.
    @Test(
        "turns stored pixels upright as EXIF says",
        arguments: [
            (Orientation.up, "abcdef"), (.upMirrored, "cbafed"), (.down, "fedcba"), (.downMirrored, "defabc"),
            (.leftMirrored, "adbecf"), (.right, "daebfc"), (.rightMirrored, "fcebda"), (.left, "cfbead"),
        ])
    func uprighted(orientation: Orientation, expected: String) {
        for format in Picture.Format.allCases {
            let stored = Picture(width: 3, height: 2, format: format)
            let pixel = format.bytesPerPixel
            for (index, letter) in "abcdef".utf8.enumerated() {
                for byte in 0..<pixel {
                    stored.row(index / 3).storeBytes(
                        of: letter &+ UInt8(byte), toByteOffset: index % 3 * pixel + byte, as: UInt8.self)
                }
            }
            let upright = stored.uprighted(from: orientation)
            #expect(upright.width == (orientation.swapsAxes ? 2 : 3))
            for (index, letter) in expected.utf8.enumerated() {
                for byte in 0..<pixel {
                    let found = upright.row(index / upright.width).load(
                        fromByteOffset: index % upright.width * pixel + byte, as: UInt8.self)
                    #expect(found == letter &+ UInt8(byte))
                }
            }
        }
    }
}
