import Imaging
import Tensors
import Testing

@Suite("Parts and rows of pictures")
struct MontageTests {
    private func picture(_ width: Int, _ height: Int, first: UInt8) -> Picture {
        let picture = Picture(width: width, height: height, format: .rgb8)
        for index in 0..<3 * width * height { picture.storage.mutableBytes[index] = first &+ UInt8(index) }
        return picture
    }

    private func reds(_ picture: Picture) -> [[UInt8]] {
        (0..<picture.height).map { y in
            (0..<picture.width).map { picture.row(y).load(fromByteOffset: 3 * $0, as: UInt8.self) }
        }
    }

    @Test("a crop is cut to the picture, and is none outside it")
    func crop() {
        let whole = picture(4, 3, first: 0)
        func part(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> [[UInt8]]? {
            PixelRect(x: x, y: y, width: width, height: height).clipped(toWidth: whole.width, height: whole.height)
                .map { reds(whole.cropped(to: $0)) }
        }
        #expect(part(1, 1, 2, 1) == [[15, 18]])
        #expect(part(3, 1, 9, 9) == [[21], [33]])
        #expect(part(4, 0, 1, 1) == nil)
    }

    @Test("pictures stand side by side on black, each pixel doubled where asked")
    func sideBySide() {
        let montage = Picture.sideBySide([picture(1, 2, first: 1), picture(1, 1, first: 9).doubled()], gap: 1)
        #expect(montage.map(reds) == [[1, 0, 9, 9], [4, 0, 9, 9]])
        #expect(Picture.sideBySide([], gap: 1) == nil)
    }
}
