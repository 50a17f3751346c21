/// Builds TIFF files of one directory for tests, in either byte order, valid or not.
struct TIFFBuilder {
    enum Value {
        case bytes([UInt8])
        case shorts([Int])
        case longs([Int])
        case rationals([(Int, Int)])
        case signedRationals([(Int, Int)])
    }

    var isBigEndian = false
    var entries: [Int: Value] = [:]
    /// Strips or tiles; their offsets and byte counts are filled in for `offsetTag` when it is not 0.
    var chunks: [[UInt8]] = []
    var offsetTag = 273
    var nextDirectory = 0

    /// An uncompressed 16-bit Bayer mosaic in one strip.
    static func mosaic(width: Int, height: Int, samples: [Int], isBigEndian: Bool = false) -> TIFFBuilder {
        var builder = TIFFBuilder(isBigEndian: isBigEndian)
        builder.entries = [
            254: .longs([0]), 256: .longs([width]), 257: .longs([height]), 258: .shorts([16]), 259: .shorts([1]),
            262: .shorts([32803]), 277: .shorts([1]), 278: .longs([height]), 33421: .shorts([2, 2]),
            33422: .bytes([0, 1, 1, 2]), 50706: .bytes([1, 4, 0, 0]),
        ]
        builder.chunks = [samples.flatMap { builder.word($0) }]
        return builder
    }

    func word(_ value: Int) -> [UInt8] {
        let bytes = [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
        return isBigEndian ? bytes.reversed() : bytes
    }

    func long(_ value: Int) -> [UInt8] {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        return isBigEndian ? bytes.reversed() : bytes
    }

    var file: [UInt8] {
        var entries = entries
        if offsetTag != 0 {
            // Placeholders of the right size first: offsets follow from the layout.
            entries[offsetTag] = .longs(chunks.map { _ in 0 })
            entries[offsetTag == 273 ? 279 : 325] = .longs(chunks.map(\.count))
            let start = layout(entries).count
            var position = start
            entries[offsetTag] = .longs(
                chunks.map { chunk in
                    defer { position += chunk.count }
                    return position
                })
        }
        return layout(entries) + chunks.joined()
    }

    private func layout(_ entries: [Int: Value]) -> [UInt8] {
        var directory = word(entries.count)
        var values: [UInt8] = []
        let valueStart = 8 + 2 + 12 * entries.count + 4
        for (tag, value) in entries.sorted(by: { $0.key < $1.key }) {
            let (type, count, bytes): (Int, Int, [UInt8]) =
                switch value {
                case .bytes(let list): (1, list.count, list)
                case .shorts(let list): (3, list.count, list.flatMap { word($0) })
                case .longs(let list): (4, list.count, list.flatMap { long($0) })
                case .rationals(let list): (5, list.count, list.flatMap { long($0.0) + long($0.1) })
                case .signedRationals(let list): (10, list.count, list.flatMap { long($0.0) + long($0.1) })
                }
            directory += word(tag) + word(type) + long(count)
            if bytes.count <= 4 {
                directory += bytes + [UInt8](repeating: 0, count: 4 - bytes.count)
            } else {
                directory += long(valueStart + values.count)
                values += bytes + [UInt8](repeating: 0, count: bytes.count % 2)
            }
        }
        directory += long(nextDirectory)
        let magic: [UInt8] = isBigEndian ? [0x4D, 0x4D] : [0x49, 0x49]
        return magic + word(42) + long(8) + directory + values
    }
}
