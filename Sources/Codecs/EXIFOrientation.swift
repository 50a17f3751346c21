internal import Imaging

/// Finds the Orientation tag in the EXIF block of a JPEG or PNG. EXIF is a note beside the picture: a broken one does
/// not make the picture unreadable but counts as upright.
enum EXIFOrientation {
    static func inJPEG(_ bytes: UnsafeRawBufferPointer) -> Orientation {
        var position = 2
        while position + 4 <= bytes.count, bytes[position] == 0xFF {
            let marker = bytes[position + 1]
            if marker == 0xFF {
                position += 1
                continue
            }
            // Start of scan, end of image: headers are over.
            if marker == 0xDA || marker == 0xD9 { break }
            if marker == 0x01 || (0xD0...0xD8).contains(marker) {
                position += 2
                continue
            }
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            let start = position + 4
            let end = position + 2 + length
            guard length >= 2, end <= bytes.count else { break }
            let isEXIF = length >= 8 && bytes[start..<start + 6].elementsEqual([0x45, 0x78, 0x69, 0x66, 0, 0])
            if marker == 0xE1, isEXIF {
                return inTIFF(UnsafeRawBufferPointer(rebasing: bytes[(start + 6)..<end]))
            }
            position = end
        }
        return .up
    }

    static func inPNG(_ bytes: UnsafeRawBufferPointer) -> Orientation {
        var position = 8
        while position + 12 <= bytes.count {
            let length = (0..<4).reduce(0) { $0 << 8 | Int(bytes[position + $1]) }
            let start = position + 8
            guard length <= bytes.count - start - 4 else { break }
            if bytes[(position + 4)..<start].elementsEqual([0x65, 0x58, 0x49, 0x66]) {
                return inTIFF(UnsafeRawBufferPointer(rebasing: bytes[start..<start + length]))
            }
            position = start + length + 4
        }
        return .up
    }

    private static func inTIFF(_ bytes: UnsafeRawBufferPointer) -> Orientation {
        guard let file = try? TIFFFile(bytes, format: "EXIF"),
            let value = try? file.main.integer(.orientation)
        else { return .up }
        return Orientation(rawValue: value) ?? .up
    }
}
