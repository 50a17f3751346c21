/// File names of frames.
enum FrameName {
    /// Endings by which a folder's frames are known.
    private static let endings: Set<String> = [
        "jpg", "jpeg", "png", "dng", "tif", "tiff", "raw",
        // Of cameras, for LibRaw.
        "arw", "cr2", "cr3", "nef", "nrw", "orf", "pef", "raf", "rw2", "srw",
    ]

    static func isFrame(_ name: String) -> Bool {
        guard let dot = name.lastIndex(of: ".") else { return false }
        return endings.contains(name[name.index(after: dot)...].lowercased())
    }

    /// The name without its ending.
    static func stem(_ name: String) -> String {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex,
            name.lastIndex(of: "/").map({ name.index(after: $0) < dot }) ?? true
        else { return name }
        return String(name[..<dot])
    }

    static func last(_ path: String) -> String { path.split(separator: "/").last.map { String($0) } ?? path }

    /// Orders names as people count: `frame2` before `frame10`. Equal numbers with more zeros come later, so that the order is total.
    static func countsBefore(_ a: String, _ b: String) -> Bool {
        let (x, y) = (Array(a.utf8), Array(b.utf8))
        var (i, j) = (0, 0)
        while i < x.count && j < y.count {
            if isDigit(x[i]) && isDigit(y[j]) {
                let (first, second) = (number(x, from: &i), number(y, from: &j))
                if first.count != second.count { return first.count < second.count }
                if first != second { return first.lexicographicallyPrecedes(second) }
            } else {
                if x[i] != y[j] { return x[i] < y[j] }
                i += 1
                j += 1
            }
        }
        if i < x.count || j < y.count { return i == x.count }
        return x.count != y.count ? x.count < y.count : x.lexicographicallyPrecedes(y)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// The digits at `position` without leading zeros.
    private static func number(_ bytes: [UInt8], from position: inout Int) -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count && isDigit(bytes[position]) { position += 1 }
        return bytes[start..<position].drop { $0 == UInt8(ascii: "0") }
    }
}
