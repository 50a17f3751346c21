extension PixelFormat {
    /// Parses a name as V4L2 and libcamera write it (`SRGGB10`, `SRGGB10P`, `SRGGB10_CSI2P`, fourcc `RG10`, `pRAA`, …) or as
    /// GenICam's PFNC does (`BayerRG10`, `BayerRG10p`, `BayerRG10Packed`, `Mono12`, …). Case matters only where two names
    /// differ in nothing else (`pGAA` is SGBRG10P, `pgAA` is SGRBG10P).
    ///
    /// Quad-Bayer, for which neither has names, is the name of its order with `_QUAD` behind it (`SRGGB10_QUAD`,
    /// `SRGGB10_CSI2P_QUAD`); RGB-IR has its first two rows for the order, as Linux names its four (`SBGRG_GIGI10`).
    package init?(name: String) {
        guard let format = Self.byName[name] ?? Self.byLowercasedName[name.lowercased()] else { return nil }
        self = format
    }

    /// The libcamera name, or PFNC's where libcamera has none: `SRGGB10`, `SRGGB10_CSI2P`, `BayerRG10p`, `R12`, `Mono12p`, …
    package var name: String {
        if let cfa, arrangement != .bayer { return arrangement.name(order: cfa, bitDepth: bitDepth, packing: packing) }
        return switch (packing, cfa) {
        case (.unpacked, let cfa?): "S\(cfa.rawValue.uppercased())\(bitDepth)"
        case (.csi2, let cfa?): "S\(cfa.rawValue.uppercased())\(bitDepth)_CSI2P"
        case (.lsb, let cfa?): "Bayer\(cfa.pfncCode)\(bitDepth)p"
        case (.gigeVision, let cfa?): "Bayer\(cfa.pfncCode)\(bitDepth)Packed"
        case (.unpacked, nil): "R\(bitDepth)"
        case (.csi2, nil): "R\(bitDepth)_CSI2P"
        case (.lsb, nil): "Mono\(bitDepth)p"
        case (.gigeVision, nil): "Mono\(bitDepth)Packed"
        }
    }

    /// Every format with a name, for messages and listings.
    package static let all: [PixelFormat] = {
        let orders: [CFAPattern?] = CFAPattern.allCases.map { $0 } + [nil]
        return Packing.allCases.flatMap { packing in
            [8, 10, 12, 14, 16].flatMap { depth in
                orders.map { PixelFormat(cfa: $0, bitDepth: depth, packing: packing) }.filter(\.isDefined)
            }
        }
    }()

    /// Every Quad-Bayer and RGB-IR format.
    private static let allBeyondBayer: [PixelFormat] = all.filter { $0.cfa != nil }.flatMap { format in
        MosaicArrangement.all.filter { $0 != .bayer }.map {
            PixelFormat(cfa: format.cfa, bitDepth: format.bitDepth, packing: format.packing, arrangement: $0)
        }
    }

    private static let byName: [String: PixelFormat] = {
        var names: [String: PixelFormat] = [:]
        for format in all {
            for name in [format.name] + format.aliases { names[name] = format }
        }
        for format in allBeyondBayer { names[format.name] = format }
        return names
    }()

    private static let byLowercasedName: [String: PixelFormat] = {
        let groups = Dictionary(grouping: byName, by: { $0.key.lowercased() })
        return groups.compactMapValues { Set($0.map(\.value)).count == 1 ? $0[0].value : nil }
    }()

    private var aliases: [String] {
        let depth = bitDepth
        guard let cfa else {
            switch packing {
            case .unpacked: return depth == 8 ? ["Mono8", "GREY", "Y8"] : ["Mono\(depth)", "Y\(depth)"]
            case .csi2: return ["Y\(depth)P", "R\(depth)P"]
            case .lsb, .gigeVision: return []
            }
        }
        let order = cfa.rawValue.uppercased()
        switch packing {
        case .unpacked:
            return ["Bayer\(cfa.pfncCode)\(depth)", "BAYER_\(cfa.pfncCode)_\(depth)"] + cfa.fourccs(bitDepth: depth)
        case .csi2:
            let suffix = [10: "AA", 12: "CC", 14: "EE"][depth] ?? ""
            return ["S\(order)\(depth)P", "p\(cfa.csi2Letter)\(suffix)"]
        case .lsb, .gigeVision: return []
        }
    }
}

extension MosaicArrangement {
    /// As ``PixelFormat/name`` has it, for arrangements beyond Bayer.
    fileprivate func name(order: CFAPattern, bitDepth: Int, packing: PixelFormat.Packing) -> String {
        let filters = Self.filterName(order, self)
        let depth =
            switch packing {
            case .unpacked: "\(bitDepth)"
            case .csi2: "\(bitDepth)_CSI2P"
            case .lsb: "\(bitDepth)p"
            case .gigeVision: "\(bitDepth)Packed"
            }
        guard case .quad(let row, let column) = self else { return "S\(filters.uppercased())\(depth)" }
        let phase = row == 0 && column == 0 ? "" : "\(row)\(column)"
        return "S\(order.rawValue.uppercased())\(depth)_QUAD\(phase)"
    }

    /// The name of a mosaic's colour filters alone: `rggb`, `rggb_quad` (with the first sample's place in its 2×2 behind it when
    /// it is not the first), `bgrg_gigi`.
    package static func filterName(_ order: CFAPattern, _ arrangement: MosaicArrangement) -> String {
        switch arrangement {
        case .bayer: return order.rawValue
        case .quad(0, 0): return order.rawValue + "_quad"
        case .quad(let row, let column): return order.rawValue + "_quad\(row)\(column)"
        case .infraredAtRed, .infraredAtBlue:
            let letters = (0..<8).map { index -> Character in
                switch arrangement.color(row: index / 4, column: index % 4, order: order) {
                case .red: "r"
                case .green: "g"
                case .blue: "b"
                case .infrared: "i"
                }
            }
            return String(letters[..<4]) + "_" + String(letters[4...])
        }
    }

    /// The names of all colour filters: the four Bayer orders, Quad-Bayer and RGB-IR.
    package static let filters: [(name: String, order: CFAPattern, arrangement: MosaicArrangement)] =
        all.flatMap { arrangement in
            CFAPattern.allCases.map { (filterName($0, arrangement), $0, arrangement) }
        }
}

extension CFAPattern {
    /// PFNC's two letters: the first row of the block.
    var pfncCode: String {
        switch self {
        case .rggb: "RG"
        case .grbg: "GR"
        case .gbrg: "GB"
        case .bggr: "BG"
        }
    }

    /// The letter of V4L2's packed fourccs, `p?AA`.
    fileprivate var csi2Letter: String {
        switch self {
        case .rggb: "R"
        case .grbg: "g"
        case .gbrg: "G"
        case .bggr: "B"
        }
    }

    /// V4L2's fourccs of the unpacked formats.
    fileprivate func fourccs(bitDepth: Int) -> [String] {
        switch (bitDepth, self) {
        case (8, .bggr): ["BA81"]
        case (8, _): [rawValue.uppercased()]
        case (10, .bggr), (12, .bggr), (14, .bggr): ["BG\(bitDepth)"]
        case (10, .grbg), (12, .grbg): ["BA\(bitDepth)"]
        case (16, .bggr): ["BYR2"]
        default: ["\(pfncCode)\(bitDepth)"]
        }
    }
}
