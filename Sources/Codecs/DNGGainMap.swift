internal import Imaging

/// The parameters of a GainMap opcode (DNG specification 1.7, chapter 7): gains of one colour of the mosaic, or of all. Phones
/// write one for each site.
struct DNGGainMap {
    static let id = 9
    /// Points of a map each way.
    private static let pointLimit = 512
    /// Of a map before its gains.
    private static let parameterByteCount = 76

    let area: DNGOpcode.Area
    let rows: Int
    let columns: Int
    let rowSpacing: Double
    let columnSpacing: Double
    let rowOrigin: Double
    let columnOrigin: Double
    /// Gains of each plane.
    let gains: [[Double]]

    init(_ reader: inout DNGOpcodeReader) throws(CodecError) {
        area = try DNGOpcode.Area(&reader)
        (rows, columns) = (try reader.integer(), try reader.integer())
        guard (1...2).contains(area.rowPitch), (1...2).contains(area.columnPitch) else {
            throw reader.fault("is for every \(area.rowPitch)th row and \(area.columnPitch)th column; up to 2 are read")
        }
        (rowSpacing, columnSpacing) = (try reader.double(), try reader.double())
        (rowOrigin, columnOrigin) = (try reader.double(), try reader.double())
        let planes = try reader.integer()
        guard (1...Self.pointLimit).contains(rows), (1...Self.pointLimit).contains(columns), (1...4).contains(planes)
        else {
            throw reader.fault("has \(rows)×\(columns)×\(planes) points; up to 512×512×4 are read")
        }
        let count = rows * columns
        try reader.need(4, count: count * planes)
        // With one row or column the spacing means nothing.
        for (points, spacing, origin) in [(rows, rowSpacing, rowOrigin), (columns, columnSpacing, columnOrigin)] {
            let isSensible = abs(origin) <= 1e6 && (points == 1 || (1e-6...1e6).contains(spacing))
            guard isSensible else { throw reader.fault("has points \(spacing) apart from \(origin) on") }
        }
        var gains = [[Double]](repeating: [], count: planes)
        for plane in 0..<planes { gains[plane].reserveCapacity(count) }
        for _ in 0..<count {
            for plane in 0..<planes {
                let gain = try reader.single()
                guard (1e-3...1e3).contains(gain) else { throw reader.fault("has a gain of \(gain)") }
                gains[plane].append(gain)
            }
        }
        self.gains = gains
    }

    func covers(row: Int, column: Int) -> Bool {
        (area.rowPitch == 1 || area.top & 1 == row) && (area.columnPitch == 1 || area.left & 1 == column)
    }

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
            for value in [id, 0x0103_0000, 1, parameterByteCount + 4 * grid.rows * grid.columns] { append(value) }
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
