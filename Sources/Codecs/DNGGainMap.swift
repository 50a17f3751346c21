internal import Imaging

/// Lens shading in a DNG: the GainMap opcodes of OpcodeList2 (DNG specification 1.7, chapter 7), which phones write one of
/// for each site of the mosaic. Opcode lists are big-endian whatever the file is.
enum DNGGainMap {
    private static let gainMapID = 9
    private static let opcodeLimit = 1024
    /// Points of a map each way.
    private static let pointLimit = 512
    private static let byteLimit = 16 << 20
    /// Of one opcode before its parameters, and of a gain map's parameters before its gains.
    private static let headerByteCount = 16
    private static let parameterByteCount = 76

    /// The grid for a frame that is `crop` of the active area, `width` × `height`; `nil` when the list has no gain map. Other
    /// opcodes are passed over.
    static func grid(
        _ directory: TIFFDirectory, activeWidth width: Int, activeHeight height: Int, cropTop: Int, cropLeft: Int
    ) throws(CodecError) -> GainGrid? {
        guard let bytes = try directory.undefinedBytes(.opcodeList2, atMost: byteLimit) else { return nil }
        let reader = ByteReader(bytes: bytes, isBigEndian: true)
        func fault(_ detail: String) -> CodecError { directory.fault(.opcodeList2, detail) }
        guard bytes.count >= 4 else { throw fault("ends before its count") }
        let count = reader.uint32(0)
        guard count <= opcodeLimit else {
            throw .limitExceeded(format: "DNG", field: "opcodes of OpcodeList2", limit: opcodeLimit, value: count)
        }
        var maps: [Map] = []
        var position = 4
        for _ in 0..<count {
            guard bytes.count - position >= headerByteCount else { throw fault("ends inside an opcode") }
            let length = reader.uint32(position + 12)
            let start = position + headerByteCount
            guard length <= bytes.count - start else { throw fault("has an opcode of \(length) bytes, past its end") }
            if reader.uint32(position) == gainMapID {
                maps.append(try Map(reader, start, length, fault: fault))
            }
            position = start + length
        }
        guard let first = maps.first else { return nil }
        guard maps.allSatisfy({ $0.hasShape(of: first) }) else {
            throw directory.unsupported(.opcodeList2, "gain maps of different shapes")
        }
        // A frame's sites count from its crop, the maps' from the active area.
        let gains = (0..<4).map { site in
            let (row, column) = ((site / 2 + cropTop) & 1, (site + cropLeft) & 1)
            return maps.last { $0.covers(row: row, column: column) }?.gains
                ?? [Double](repeating: 1, count: first.gains.count)
        }
        // Samples lie at the middle of their pixels.
        return GainGrid(
            rows: first.rows, columns: first.columns,
            rowOrigin: first.rowOrigin * Double(height) - 0.5 - Double(cropTop),
            columnOrigin: first.columnOrigin * Double(width) - 0.5 - Double(cropLeft),
            rowStep: first.rows == 1 ? 1 : first.rowSpacing * Double(height),
            columnStep: first.columns == 1 ? 1 : first.columnSpacing * Double(width), gains: gains)
    }

    /// One gain map of one plane.
    private struct Map {
        let top: Int
        let left: Int
        let rowPitch: Int
        let columnPitch: Int
        let rows: Int
        let columns: Int
        let rowSpacing: Double
        let columnSpacing: Double
        let rowOrigin: Double
        let columnOrigin: Double
        let gains: [Double]

        init(
            _ reader: ByteReader, _ start: Int, _ length: Int, fault: (String) -> CodecError
        ) throws(CodecError) {
            guard length >= parameterByteCount else { throw fault("has a gain map of \(length) bytes") }
            func number(_ offset: Int) -> Double { Double(bitPattern: reader.uint64(start + offset)) }
            (top, left) = (reader.uint32(start), reader.uint32(start + 4))
            (rowPitch, columnPitch) = (reader.uint32(start + 24), reader.uint32(start + 28))
            (rows, columns) = (reader.uint32(start + 32), reader.uint32(start + 36))
            (rowSpacing, columnSpacing) = (number(40), number(48))
            (rowOrigin, columnOrigin) = (number(56), number(64))
            let planes = reader.uint32(start + 72)
            guard (1...2).contains(rowPitch), (1...2).contains(columnPitch) else {
                throw fault("has a gain map of every \(rowPitch)th row and \(columnPitch)th column")
            }
            guard (1...pointLimit).contains(rows), (1...pointLimit).contains(columns), (1...4).contains(planes) else {
                throw fault("has a gain map of \(rows)×\(columns)×\(planes) points; up to 512×512×4 are read")
            }
            let count = rows * columns
            guard length - parameterByteCount >= 4 * count * planes else {
                throw fault("has a gain map of \(rows)×\(columns)×\(planes) points in \(length) bytes")
            }
            // With one row or column the spacing means nothing.
            for (points, spacing, origin) in [(rows, rowSpacing, rowOrigin), (columns, columnSpacing, columnOrigin)] {
                let isSensible =
                    origin.isFinite && abs(origin) <= 1e6 && (points == 1 || (1e-6...1e6).contains(spacing))
                guard isSensible else { throw fault("has a gain map with points \(spacing) apart from \(origin) on") }
            }
            var gains: [Double] = []
            gains.reserveCapacity(count)
            for index in 0..<count {
                let bits = reader.uint32(start + parameterByteCount + 4 * index * planes)
                let gain = Double(Float(bitPattern: UInt32(bits)))
                guard (1e-3...1e3).contains(gain) else { throw fault("has a gain of \(gain)") }
                gains.append(gain)
            }
            self.gains = gains
        }

        func hasShape(of other: Map) -> Bool {
            rows == other.rows && columns == other.columns && rowSpacing == other.rowSpacing
                && columnSpacing == other.columnSpacing && rowOrigin == other.rowOrigin
                && columnOrigin == other.columnOrigin
        }

        func covers(row: Int, column: Int) -> Bool {
            (rowPitch == 1 || top & 1 == row) && (columnPitch == 1 || left & 1 == column)
        }
    }
}

extension DNGGainMap {
    /// The value of OpcodeList2 for a frame of `width` × `height`: one gain map for each site.
    static func opcodeList(_ grid: GainGrid, width: Int, height: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ value: Int) { for shift in [24, 16, 8, 0] { bytes.append(UInt8(value >> shift & 255)) } }
        func append(_ value: Double) {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(shift)))
            }
        }
        append(4)
        for site in 0..<4 {
            // Version 1.3 of the specification brought gain maps; flag 1: readers may leave it out.
            for value in [gainMapID, 0x0103_0000, 1, parameterByteCount + 4 * grid.rows * grid.columns] {
                append(value)
            }
            for value in [site / 2, site % 2, height, width, 0, 1, 2, 2, grid.rows, grid.columns] { append(value) }
            append(grid.rowStep / Double(height))
            append(grid.columnStep / Double(width))
            append((grid.rowOrigin + 0.5) / Double(height))
            append((grid.columnOrigin + 0.5) / Double(width))
            append(1)
            for gain in grid.gains[site] { append(Int(Float(gain).bitPattern)) }
        }
        return bytes
    }
}
