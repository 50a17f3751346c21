internal import Imaging

/// One thing to do to samples or pixels, with its parameters (DNG specification 1.7, chapter 7).
enum DNGOpcode {
    /// Every `rowPitch`th row and `columnPitch`th column of a rectangle, in planes from `plane` on.
    struct Area {
        var top: Int
        var left: Int
        var bottom: Int
        var right: Int
        var plane: Int
        var planes: Int
        var rowPitch: Int
        var columnPitch: Int

        init(_ reader: inout DNGOpcodeReader) throws(CodecError) {
            (top, left) = (try reader.integer(), try reader.integer())
            (bottom, right) = (try reader.integer(), try reader.integer())
            (plane, planes) = (try reader.integer(), try reader.integer())
            (rowPitch, columnPitch) = (try reader.integer(), try reader.integer())
            guard rowPitch > 0, columnPitch > 0 else {
                throw reader.fault("is for every \(rowPitch)th row and \(columnPitch)th column")
            }
            guard top <= bottom, left <= right else {
                throw reader.fault("is for rows \(top) to \(bottom), columns \(left) to \(right)")
            }
        }
    }

    struct Point: Hashable {
        var row: Int
        var column: Int
    }

    struct Region {
        var top: Int
        var left: Int
        var bottom: Int
        var right: Int
    }

    /// A curve or a number for each row or column, on samples where black is 0 and white 1.
    enum Mapping {
        /// Values at 0, 1/65535, 2/65535, …, in 65535ths; the last also beyond.
        case table([UInt16])
        /// Coefficients from that of 1 up.
        case polynomial([Double])
        case rowOffsets([Double])
        case columnOffsets([Double])
        case rowFactors([Double])
        case columnFactors([Double])
    }

    case warpRectilinear([LensWarp.Plane], centerX: Double, centerY: Double)
    /// Gain 1 + k0 r² + k1 r⁴ + … + k4 r¹⁰.
    case fixVignetteRadial([Double], centerX: Double, centerY: Double)
    case fixBadPixelsConstant(Int)
    case fixBadPixelsList([Point], [Region])
    case map(Area, Mapping)
    case gainMap(DNGGainMap)

    /// - Returns: `nil` for an unknown kind.
    init?(id: Int, _ reader: inout DNGOpcodeReader) throws(CodecError) {
        switch id {
        case 1: self = try Self.warp(&reader)
        case 3:
            var terms: [Double] = []
            for _ in 0..<5 { terms.append(try reader.double()) }
            self = .fixVignetteRadial(terms, centerX: try Self.center(&reader), centerY: try Self.center(&reader))
        case 4:
            let constant = try reader.integer()
            _ = try reader.integer()  // The phase of the mosaic, which CFAPattern says too.
            self = .fixBadPixelsConstant(constant)
        case 5: self = try Self.badPixels(&reader)
        case 7, 8, 10, 11, 12, 13:
            let area = try Area(&reader)
            self = .map(area, try Self.mapping(id, &reader))
        case 9: self = .gainMap(try DNGGainMap(&reader))
        default: return nil
        }
    }

    private static func center(_ reader: inout DNGOpcodeReader) throws(CodecError) -> Double {
        let value = try reader.double()
        guard (-10...10).contains(value) else { throw reader.fault("has its centre at \(value)") }
        return value
    }

    private static func warp(_ reader: inout DNGOpcodeReader) throws(CodecError) -> DNGOpcode {
        let count = try reader.integer()
        guard count == 1 || count == 3 else { throw reader.fault("has \(count) planes; 1 and 3 are read") }
        var planes: [LensWarp.Plane] = []
        for _ in 0..<count {
            var terms: [Double] = []
            for _ in 0..<6 { terms.append(try reader.double()) }
            guard terms.allSatisfy({ abs($0) <= 1e3 }) else { throw reader.fault("has terms of \(terms)") }
            planes.append(
                LensWarp.Plane(
                    radial: SIMD4(terms[0], terms[1], terms[2], terms[3]), tangential: SIMD2(terms[4], terms[5])))
        }
        return .warpRectilinear(planes, centerX: try center(&reader), centerY: try center(&reader))
    }

    private static func badPixels(_ reader: inout DNGOpcodeReader) throws(CodecError) -> DNGOpcode {
        _ = try reader.integer()  // The phase of the mosaic, which CFAPattern says too.
        let (pointCount, regionCount) = (try reader.integer(), try reader.integer())
        try reader.need(8, count: pointCount)
        var points: [Point] = []
        points.reserveCapacity(pointCount)
        for _ in 0..<pointCount {
            points.append(Point(row: try reader.integer(), column: try reader.integer()))
        }
        try reader.need(16, count: regionCount)
        var regions: [Region] = []
        regions.reserveCapacity(regionCount)
        for _ in 0..<regionCount {
            let region = Region(
                top: try reader.integer(), left: try reader.integer(), bottom: try reader.integer(),
                right: try reader.integer())
            guard region.top <= region.bottom, region.left <= region.right else {
                throw reader.fault("has a rectangle that ends before it begins")
            }
            regions.append(region)
        }
        return .fixBadPixelsList(points, regions)
    }

    private static func mapping(_ id: Int, _ reader: inout DNGOpcodeReader) throws(CodecError) -> Mapping {
        let count = try reader.integer()
        switch id {
        case 7:
            guard (1...65_536).contains(count) else { throw reader.fault("has a table of \(count) values") }
            try reader.need(2, count: count)
            var table: [UInt16] = []
            for _ in 0..<count { table.append(try reader.short()) }
            return .table(table)
        case 8:
            guard count <= 8 else { throw reader.fault("has a polynomial of degree \(count); up to 8 are read") }
            var terms: [Double] = []
            for _ in 0...count { terms.append(try reader.double()) }
            return .polynomial(terms)
        default:
            guard count > 0 else { throw reader.fault("has no values") }
            try reader.need(4, count: count)
            var values: [Double] = []
            values.reserveCapacity(count)
            for _ in 0..<count { values.append(try reader.single()) }
            return id == 10
                ? .rowOffsets(values)
                : id == 11 ? .columnOffsets(values) : id == 12 ? .rowFactors(values) : .columnFactors(values)
        }
    }
}
