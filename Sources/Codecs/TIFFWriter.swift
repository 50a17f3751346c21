/// Lays out little-endian TIFF directories (TIFF 6.0, section 2). The same directories give the same bytes.
struct TIFFWriter {
    enum Value {
        case bytes([UInt8])
        /// Bytes with a structure of their own.
        case undefined([UInt8])
        case text(String)
        case shorts([Int])
        case longs([Int])
        /// Numbers from 0 up, to six decimals.
        case rationals([Double])
        case signedRationals([Double])
        case doubles([Double])
    }

    /// Entries in rising order of their tags.
    typealias Directory = [(tag: TIFFTag, value: Value)]

    private(set) var bytes: [UInt8] = [0x49, 0x49, 0x2A, 0x00, 0x08, 0x00, 0x00, 0x00]

    /// Bytes that `directory` takes, with the values that do not fit its entries.
    static func byteCount(of directory: Directory) -> Int {
        directory.reduce(2 + 12 * directory.count + 4) { total, entry in
            let size = encoded(entry.value).bytes.count
            return total + (size > 4 ? size + size % 2 : 0)
        }
    }

    /// Appends `directory`, the last of its chain, at the present end.
    mutating func append(_ directory: Directory) {
        var valuePosition = bytes.count + 2 + 12 * directory.count + 4
        var values: [UInt8] = []
        append16(directory.count)
        for entry in directory {
            let value = Self.encoded(entry.value)
            append16(Int(entry.tag.rawValue))
            append16(value.type)
            append32(value.count)
            if value.bytes.count <= 4 {
                bytes += value.bytes + [UInt8](repeating: 0, count: 4 - value.bytes.count)
            } else {
                append32(valuePosition)
                let padded = value.bytes + [UInt8](repeating: 0, count: value.bytes.count % 2)
                values += padded
                valuePosition += padded.count
            }
        }
        append32(0)
        bytes += values
    }

    /// Appends zeros up to `position`, then `data`.
    mutating func append(_ data: [UInt8], at position: Int) {
        precondition(position >= bytes.count)
        bytes.reserveCapacity(position + data.count)
        bytes += [UInt8](repeating: 0, count: position - bytes.count)
        bytes += data
    }

    private mutating func append16(_ value: Int) { bytes += Self.littleEndian(value, 2) }
    private mutating func append32(_ value: Int) { bytes += Self.littleEndian(value, 4) }

    private static func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func encoded(_ value: Value) -> (type: Int, count: Int, bytes: [UInt8]) {
        switch value {
        case .undefined(let bytes): (7, bytes.count, bytes)
        case .bytes(let values): (1, values.count, values)
        case .text(let text): (2, text.utf8.count + 1, Array(text.utf8) + [0])
        case .shorts(let values): (3, values.count, values.flatMap { littleEndian($0, 2) })
        case .longs(let values): (4, values.count, values.flatMap { littleEndian($0, 4) })
        case .rationals(let values): (5, values.count, values.flatMap { fraction($0) })
        case .signedRationals(let values): (10, values.count, values.flatMap { fraction($0) })
        case .doubles(let values):
            (12, values.count, values.flatMap { littleEndian(Int(bitPattern: UInt($0.bitPattern)), 8) })
        }
    }

    /// Numerator and denominator: a whole number over 1, else millionths as far as 31 bits hold them.
    private static func fraction(_ number: Double) -> [UInt8] {
        let value = number.isFinite ? min(max(number, -Double(Int32.max)), Double(Int32.max)) : 0
        var denominator = value == value.rounded() ? 1.0 : 1_000_000
        while abs(value * denominator) > Double(Int32.max), denominator > 1 { denominator /= 10 }
        let numerator = (value * denominator).rounded()
        return littleEndian(Int(numerator), 4) + littleEndian(Int(denominator), 4)
    }
}
