internal import Imaging

/// A colour of 8-bit sRGB samples.
struct Color: Sendable, Equatable {
    var red: UInt8
    var green: UInt8
    var blue: UInt8

    init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    static let black = Color(0, 0, 0)
    static let white = Color(255, 255, 255)

    /// Black or white, whichever stands out more: by luma (Rec. ITU-R BT.601).
    var contrasting: Color {
        299 * Int(red) + 587 * Int(green) + 114 * Int(blue) >= 120_000 ? .black : .white
    }

    /// A fixed colour for each class; 20 of them, in turn.
    static func ofClass(_ classID: Int) -> Color {
        let index = classID % palette.count
        return palette[index < 0 ? index + palette.count : index]
    }

    private static let palette: [Color] = [
        Color(0, 200, 83), Color(255, 82, 82), Color(64, 156, 255), Color(255, 196, 0), Color(213, 90, 255),
        Color(0, 214, 214), Color(255, 128, 32), Color(174, 234, 0), Color(255, 105, 180), Color(124, 108, 255),
        Color(0, 150, 136), Color(230, 60, 140), Color(120, 200, 255), Color(200, 170, 90), Color(150, 255, 170),
        Color(255, 160, 140), Color(96, 125, 220), Color(240, 240, 90), Color(190, 130, 220), Color(140, 190, 60),
    ]
}

/// An rgb8 picture to draw on. Whatever lies outside is cut off. All arithmetic is in integers.
struct Canvas {
    let width: Int
    let height: Int
    private let picture: Picture

    /// Draws on the picture's own storage.
    init(_ picture: Picture) {
        precondition(picture.format == .rgb8)
        self.picture = picture
        width = picture.width
        height = picture.height
    }

    /// Mixes `color` into one pixel; `alpha` 0…255.
    func blend(x: Int, y: Int, _ color: Color, alpha: Int) {
        guard x >= 0, y >= 0, x < width, y < height else { return }
        let pixel = (picture.row(y) + 3 * x).assumingMemoryBound(to: UInt8.self)
        pixel[0] = Self.mix(pixel[0], color.red, alpha)
        pixel[1] = Self.mix(pixel[1], color.green, alpha)
        pixel[2] = Self.mix(pixel[2], color.blue, alpha)
    }

    /// Mixes `color` into the pixels from (`x0`, `y0`) up to, not including, (`x1`, `y1`).
    func fill(x0: Int, y0: Int, x1: Int, y1: Int, _ color: Color, alpha: Int = 255) {
        let (left, right) = (max(0, x0), min(width, x1))
        guard left < right else { return }
        for y in max(0, y0)..<max(0, y0, min(height, y1)) {
            for x in left..<right { blend(x: x, y: y, color, alpha: alpha) }
        }
    }

    /// The frame of `thickness` pixels inside a rectangle.
    func frame(x0: Int, y0: Int, x1: Int, y1: Int, thickness: Int, _ color: Color, alpha: Int = 255) {
        let thicknessX = min(thickness, (x1 - x0 + 1) / 2)
        let thicknessY = min(thickness, (y1 - y0 + 1) / 2)
        guard thicknessX > 0, thicknessY > 0 else { return }
        let (top, bottom) = (y0 + thicknessY, max(y0 + thicknessY, y1 - thicknessY))
        fill(x0: x0, y0: y0, x1: x1, y1: top, color, alpha: alpha)
        fill(x0: x0, y0: bottom, x1: x1, y1: y1, color, alpha: alpha)
        fill(x0: x0, y0: top, x1: x0 + thicknessX, y1: bottom, color, alpha: alpha)
        fill(x0: max(x0 + thicknessX, x1 - thicknessX), y0: top, x1: x1, y1: bottom, color, alpha: alpha)
    }

    private static func mix(_ under: UInt8, _ over: UInt8, _ alpha: Int) -> UInt8 {
        UInt8((Int(under) * (255 - alpha) + Int(over) * alpha + 127) / 255)
    }
}
