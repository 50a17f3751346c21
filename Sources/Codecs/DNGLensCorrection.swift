internal import Imaging

/// What the opcodes of lists 2 and 3 undo of the lens: shading as gains on the mosaic, and distortion.
///
/// Gains of list 3 are meant for the finished colours in linear light. They work on each pixel alone, so they are applied to
/// the mosaic, together with those of list 2.
struct DNGLensCorrection {
    private(set) var shading: GainGrid?
    private(set) var warp: LensWarp?

    /// Points each way of the grid that stands for a radial gain or for maps of different shapes.
    private static let gridRows = 49
    private static let gridColumns = 65

    private enum Gain {
        case map(DNGGainMap, ofColors: Bool)
        case radial(terms: [Double], centerX: Double, centerY: Double)
    }

    /// - Parameter cfa: of the frame, that is from the crop on.
    init(
        _ second: DNGOpcodeList, _ third: DNGOpcodeList, _ area: DNGArea, format: PixelFormat
    ) throws(CodecError) {
        var gains: [Gain] = []
        for list in [second, third] {
            for entry in list.entries {
                switch entry.opcode {
                case .gainMap(let map): gains.append(.map(map, ofColors: list.tag == .opcodeList3))
                case .fixVignetteRadial(let terms, let centerX, let centerY):
                    if warp == nil {
                        gains.append(.radial(terms: terms, centerX: centerX, centerY: centerY))
                    } else {
                        try list.leaveOut(entry, "comes after a warp")
                    }
                case .warpRectilinear(let planes, let centerX, let centerY) where list.tag == .opcodeList3:
                    if warp == nil {
                        warp = Self.warp(planes, centerX, centerY, area)
                    } else {
                        try list.leaveOut(entry, "is a second warp")
                    }
                case .warpRectilinear: break
                case .map, .fixBadPixelsConstant, .fixBadPixelsList:
                    if list.tag == .opcodeList3 { try list.leaveOut(entry) }
                }
            }
        }
        if !gains.isEmpty { shading = Self.storedGrid(gains, area) ?? Self.sampledGrid(gains, area, format) }
    }

    private static func warp(
        _ planes: [LensWarp.Plane], _ centerX: Double, _ centerY: Double, _ area: DNGArea
    ) -> LensWarp? {
        let center = Center(centerX, centerY, area)
        guard center.radius > 0 else { return nil }
        return LensWarp(
            planes: planes, centerX: center.x - Double(area.cropLeft), centerY: center.y - Double(area.cropTop),
            radius: center.radius)
    }

    /// Gain maps of one shape, each for a site of the mosaic: their own points.
    private static func storedGrid(_ gains: [Gain], _ area: DNGArea) -> GainGrid? {
        var maps: [DNGGainMap] = []
        for gain in gains {
            guard case .map(let map, ofColors: false) = gain else { return nil }
            maps.append(map)
        }
        guard let first = maps.first else { return nil }
        let isAlike = maps.allSatisfy { map in
            map.rows == first.rows && map.columns == first.columns && map.rowSpacing == first.rowSpacing
                && map.columnSpacing == first.columnSpacing && map.rowOrigin == first.rowOrigin
                && map.columnOrigin == first.columnOrigin
        }
        guard isAlike else { return nil }
        // A frame's sites count from its crop, the maps' from the active area.
        var sites: [[Double]] = []
        for site in 0..<4 {
            let (row, column) = ((site / 2 + area.cropTop) & 1, (site + area.cropLeft) & 1)
            let own = maps.filter { $0.covers(row: row, column: column) }
            guard own.count <= 1 else { return nil }
            sites.append(own.first?.gains[0] ?? [Double](repeating: 1, count: first.gains[0].count))
        }
        let (height, width) = (Double(area.activeHeight), Double(area.activeWidth))
        // Samples lie at the middle of their pixels.
        return GainGrid(
            rows: first.rows, columns: first.columns, rowOrigin: first.rowOrigin * height - 0.5 - Double(area.cropTop),
            columnOrigin: first.columnOrigin * width - 0.5 - Double(area.cropLeft),
            rowStep: first.rows == 1 ? 1 : first.rowSpacing * height,
            columnStep: first.columns == 1 ? 1 : first.columnSpacing * width, gains: sites)
    }

    /// The product of all gains at points of a grid over the frame.
    private static func sampledGrid(_ gains: [Gain], _ area: DNGArea, _ format: PixelFormat) -> GainGrid {
        let rowStep = max(1, Double(area.height - 1)) / Double(gridRows - 1)
        let columnStep = max(1, Double(area.width - 1)) / Double(gridColumns - 1)
        let sites = (0..<4).map { site in
            let color = format.cfa?.color(row: site / 2, column: site % 2).rawValue ?? 0
            let (siteRow, siteColumn) = ((site / 2 + area.cropTop) & 1, (site + area.cropLeft) & 1)
            return (0..<gridRows * gridColumns).map { point in
                let y = Double(point / gridColumns) * rowStep + Double(area.cropTop)
                let x = Double(point % gridColumns) * columnStep + Double(area.cropLeft)
                var product = 1.0
                for gain in gains {
                    switch gain {
                    case .map(let map, ofColors: false) where map.covers(row: siteRow, column: siteColumn):
                        product *= map.gain(x: x, y: y, plane: 0, area)
                    case .map(let map, ofColors: true)
                    where color >= map.area.plane && color - map.area.plane < map.area.planes:
                        product *= map.gain(x: x, y: y, plane: color - map.area.plane, area)
                    case .map: break
                    case .radial(let terms, let centerX, let centerY):
                        let center = Center(centerX, centerY, area)
                        guard center.radius > 0 else { continue }
                        let (dx, dy) = ((x - center.x) / center.radius, (y - center.y) / center.radius)
                        let squared = dx * dx + dy * dy
                        product *= 1 + terms.reversed().reduce(0) { ($0 + $1) * squared }
                    }
                }
                return min(max(product, 1e-3), 1e3)
            }
        }
        return GainGrid(
            rows: gridRows, columns: gridColumns, rowOrigin: 0, columnOrigin: 0, rowStep: rowStep,
            columnStep: columnStep, gains: sites)
    }

    /// An optical centre in samples of the active area, and the distance from there to the farthest corner.
    private struct Center {
        let x: Double
        let y: Double
        let radius: Double

        init(_ relativeX: Double, _ relativeY: Double, _ area: DNGArea) {
            let (right, bottom) = (Double(area.activeWidth - 1), Double(area.activeHeight - 1))
            x = relativeX * right
            y = relativeY * bottom
            let (dx, dy) = (max(abs(x), abs(right - x)), max(abs(y), abs(bottom - y)))
            radius = (dx * dx + dy * dy).squareRoot()
        }
    }
}

extension DNGGainMap {
    /// Bilinear between the map's points and constant beyond them, at a sample of the active area.
    fileprivate func gain(x: Double, y: Double, plane: Int, _ area: DNGArea) -> Double {
        let values = gains[min(plane, gains.count - 1)]
        func place(_ position: Double, _ extent: Int, _ origin: Double, _ spacing: Double, _ count: Int) -> (
            Int, Double
        ) {
            guard count > 1 else { return (0, 0) }
            let index = min(max(((position + 0.5) / Double(extent) - origin) / spacing, 0), Double(count - 1))
            let lower = min(Int(index), count - 2)
            return (lower, index - Double(lower))
        }
        let (row, down) = place(y, area.activeHeight, rowOrigin, rowSpacing, rows)
        let (column, across) = place(x, area.activeWidth, columnOrigin, columnSpacing, columns)
        func value(_ row: Int, _ column: Int) -> Double {
            values[min(row, rows - 1) * columns + min(column, columns - 1)]
        }
        let upper = value(row, column) * (1 - across) + value(row, column + 1) * across
        let lower = value(row + 1, column) * (1 - across) + value(row + 1, column + 1) * across
        return upper * (1 - down) + lower * down
    }
}
