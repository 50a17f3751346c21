/// Letters as coverage masks at one large size, to be reduced to the size that is wanted: printable ASCII, Latin-1 and the
/// ellipsis. `tools/font/make_font.py` states the layout of the data.
struct GlyphAtlas: Sendable {
    struct Glyph: Sendable {
        /// To the next letter's pen position, in 1/64 of a mask pixel.
        let advance: Int
        /// Of the mask: left edge from the pen, top edge from the top of the line.
        let left: Int
        let top: Int
        let width: Int
        let height: Int
        /// Coverage 0…15, row by row.
        let mask: [UInt8]
    }

    /// Mask pixels to the em.
    let em: Int
    /// From the top of the line to the baseline, and from there to the bottom.
    let ascent: Int
    let descent: Int
    private let glyphs: [UInt32: Glyph]

    /// DejaVu Sans Bold.
    static let standard = GlyphAtlas(base64: fontData)

    /// The letter, or a question mark's for one that the atlas lacks; white space is a blank.
    func glyph(_ scalar: Unicode.Scalar) -> Glyph? {
        let code = scalar.properties.isWhitespace ? 0x20 : scalar.value
        return glyphs[code] ?? glyphs[0x3F]
    }

    private init(base64: StaticString) {
        let bytes = base64.withUTF8Buffer(Self.decode)
        func u16(_ at: Int) -> Int { Int(bytes[at]) | Int(bytes[at + 1]) << 8 }
        em = Int(bytes[0])
        ascent = Int(bytes[1])
        descent = Int(bytes[2])
        let count = u16(3)
        let entryBytes = 8
        var entry = 5
        var run = entry + count * entryBytes
        var glyphs: [UInt32: Glyph] = [:]
        for _ in 0..<count {
            let (width, height) = (Int(bytes[entry + 6]), Int(bytes[entry + 7]))
            var mask: [UInt8] = []
            mask.reserveCapacity(width * height)
            while mask.count < width * height {
                mask.append(contentsOf: repeatElement(bytes[run] >> 4, count: Int(bytes[run] & 15) + 1))
                run += 1
            }
            glyphs[UInt32(u16(entry))] = Glyph(
                advance: u16(entry + 2), left: Int(Int8(bitPattern: bytes[entry + 4])),
                top: Int(Int8(bitPattern: bytes[entry + 5])), width: width, height: height, mask: mask)
            entry += entryBytes
        }
        self.glyphs = glyphs
    }

    private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        for character in text {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: continue
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }
}
