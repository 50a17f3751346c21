internal import Imaging

extension DNGSamples {
    /// The part of the stored samples that an opcode list counts from, and the mosaic that starts there.
    struct Region {
        var top: Int
        var left: Int
        var width: Int
        var height: Int
        /// `nil` for monochrome.
        var colors: (@Sendable (_ row: Int, _ column: Int) -> Int)?
        /// Black level of the sites of a 2×2 block, and the white level, between which opcodes see 0…1.
        var black: [Double]
        var white: Double
    }

    /// Samples that the curves of one list may change, as a multiple of the picture.
    private static let mappingLimit = 32

    /// Does what opcode lists 1 and 2 may ask for; lens corrections are left to ``DNGLensCorrection``.
    mutating func apply(_ list: DNGOpcodeList, in region: Region, _ directory: TIFFDirectory) throws(CodecError) {
        var mapped = 0
        for entry in list.entries {
            switch entry.opcode {
            case .fixBadPixelsConstant(let constant):
                makeWords()
                let samples = self
                let defects = SampleDefects(region) { row, column in
                    samples.words(row + region.top)[column + region.left] == constant
                }
                try repair(defects, in: region, list, directory)
            case .fixBadPixelsList(let points, let rectangles):
                makeWords()
                let defects = try SampleDefects(region, points: points, rectangles: rectangles, list.tag, directory)
                try repair(defects, in: region, list, directory)
            case .map(let area, let mapping):
                // A mosaic has one plane.
                guard area.plane == 0, area.planes > 0 else { continue }
                let rows = area.top..<max(area.top, min(area.bottom, region.height))
                let columns = area.left..<max(area.left, min(area.right, region.width))
                guard !rows.isEmpty, !columns.isEmpty else { continue }
                mapped += rows.count * columns.count
                guard mapped <= Self.mappingLimit * width * height else {
                    throw .limitExceeded(
                        format: directory.format, field: "samples that \(list.tag.name) changes",
                        limit: Self.mappingLimit * width * height, value: mapped)
                }
                makeWords()
                try map(rows, columns, area, mapping, in: region, list, directory)
                allowAnyWord()
            case .gainMap, .fixVignetteRadial, .warpRectilinear:
                // List 2 may correct the lens on the mosaic.
                if case .warpRectilinear = entry.opcode { try list.leaveOut(entry) }
                if list.tag == .opcodeList1 { try list.leaveOut(entry) }
            }
        }
    }

    private func map(
        _ rows: Range<Int>, _ columns: Range<Int>, _ area: DNGOpcode.Area, _ mapping: DNGOpcode.Mapping,
        in region: Region, _ list: DNGOpcodeList, _ directory: TIFFDirectory
    ) throws(CodecError) {
        let needed: Int?
        let given: Int
        switch mapping {
        case .table, .polynomial: (needed, given) = (nil, 0)
        case .rowOffsets(let values), .rowFactors(let values):
            (needed, given) = ((rows.count + area.rowPitch - 1) / area.rowPitch, values.count)
        case .columnOffsets(let values), .columnFactors(let values):
            (needed, given) = ((columns.count + area.columnPitch - 1) / area.columnPitch, values.count)
        }
        if let needed, given < needed {
            throw directory.fault(list.tag, "has \(given) values for \(needed) rows or columns")
        }
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: area.rowPitch) {
            let samples = words(row + region.top) + region.left
            let rowIndex = (row - rows.lowerBound) / area.rowPitch
            for column in stride(from: columns.lowerBound, to: columns.upperBound, by: area.columnPitch) {
                let black = region.black[(row & 1) * 2 + (column & 1)]
                let span = region.white - black
                let x = (Double(samples[column]) - black) / span
                let y: Double
                switch mapping {
                case .table(let table):
                    let index = min(max(x * 65535, 0), 65535).rounded()
                    y = Double(table[min(Int(index), table.count - 1)]) / 65535
                case .polynomial(let terms):
                    y = terms.reversed().reduce(0) { $0 * x + $1 }
                case .rowOffsets(let values): y = x + values[rowIndex]
                case .rowFactors(let values): y = x * values[rowIndex]
                case .columnOffsets(let values): y = x + values[(column - columns.lowerBound) / area.columnPitch]
                case .columnFactors(let values): y = x * values[(column - columns.lowerBound) / area.columnPitch]
                }
                let sample = (black + y * span).rounded()
                // The comparison fails for what is no number.
                samples[column] = sample > 0 ? UInt16(min(sample, 65535)) : 0
            }
        }
    }

    /// Replaces bad samples by the mean of two good ones of their colour that lie opposite each other and differ least, in
    /// the smallest square around that holds such a pair; else by the mean of the good ones in the smallest square with any.
    private func repair(
        _ defects: SampleDefects, in region: Region, _ list: DNGOpcodeList, _ directory: TIFFDirectory
    ) throws(CodecError) {
        guard defects.count <= region.width * region.height / 8 else {
            throw directory.fault(
                list.tag, "calls \(defects.count) of \(region.width * region.height) samples bad")
        }
        for index in defects.indices {
            let (row, column) = (index / region.width, index % region.width)
            if let value = replacement(row, column, defects, region) {
                words(row + region.top)[column + region.left] = value
            }
        }
    }

    private func replacement(_ row: Int, _ column: Int, _ defects: SampleDefects, _ region: Region) -> UInt16? {
        let color = region.colors?(row, column)
        func good(_ row: Int, _ column: Int) -> Int? {
            guard (0..<region.height).contains(row), (0..<region.width).contains(column),
                region.colors.map({ $0(row, column) }) == color, !defects.contains(row * region.width + column)
            else { return nil }
            return Int(words(row + region.top)[column + region.left])
        }
        for reach in 1...4 {
            var best: (difference: Int, sum: Int)?
            var (sum, count) = (0, 0)
            for dy in -reach...reach {
                for dx in -reach...reach where dy != 0 || dx != 0 {
                    guard let value = good(row + dy, column + dx) else { continue }
                    (sum, count) = (sum + value, count + 1)
                    guard dy < 0 || (dy == 0 && dx < 0), let opposite = good(row - dy, column - dx) else { continue }
                    let difference = abs(value - opposite)
                    if difference < best?.difference ?? .max { best = (difference, value + opposite) }
                }
            }
            if let best { return UInt16((best.sum + 1) / 2) }
            if count > 0 { return UInt16((2 * sum + count) / (2 * count)) }
        }
        return nil
    }
}
