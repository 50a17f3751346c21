extension PixelFormat {
    /// The number that GenICam's Pixel Format Naming Convention (PFNC 2.4) gives the format, as GigE Vision carries it; `nil` for
    /// CSI-2 packing, Quad-Bayer and RGB-IR, which it does not know.
    package var pfncValue: UInt32? { Self.valueByFormat[self] }

    /// The name that belongs to ``pfncValue``: `BayerRG8`, `BayerRG10p`, `Mono12Packed`, …
    package var pfncName: String? {
        guard pfncValue != nil else { return nil }
        let pattern = cfa.map { "Bayer\($0.pfncCode)" } ?? "Mono"
        return switch packing {
        case .unpacked, .csi2: "\(pattern)\(bitDepth)"
        case .lsb: "\(pattern)\(bitDepth)p"
        case .gigeVision: "\(pattern)\(bitDepth)Packed"
        }
    }

    package init?(pfncValue: UInt32) {
        guard let format = Self.formatByValue[pfncValue] else { return nil }
        self = format
    }

    private static let formatByValue: [UInt32: PixelFormat] = {
        // Identifiers in the order GR, RG, GB, BG: the convention numbers some families forwards and some backwards.
        let bayer: [(depth: Int, packing: Packing, bitsPerPixel: UInt32, identifiers: [UInt32])] = [
            (8, .unpacked, 8, [0x08, 0x09, 0x0A, 0x0B]), (10, .unpacked, 16, [0x0C, 0x0D, 0x0E, 0x0F]),
            (12, .unpacked, 16, [0x10, 0x11, 0x12, 0x13]), (14, .unpacked, 16, [0x109, 0x10A, 0x10B, 0x10C]),
            (16, .unpacked, 16, [0x2E, 0x2F, 0x30, 0x31]), (10, .gigeVision, 12, [0x26, 0x27, 0x28, 0x29]),
            (12, .gigeVision, 12, [0x2A, 0x2B, 0x2C, 0x2D]), (10, .lsb, 10, [0x56, 0x58, 0x54, 0x52]),
            (12, .lsb, 12, [0x57, 0x59, 0x55, 0x53]), (14, .lsb, 14, [0x105, 0x106, 0x107, 0x108]),
        ]
        let mono: [(depth: Int, packing: Packing, bitsPerPixel: UInt32, identifier: UInt32)] = [
            (8, .unpacked, 8, 0x01), (10, .unpacked, 16, 0x03), (12, .unpacked, 16, 0x05), (14, .unpacked, 16, 0x25),
            (16, .unpacked, 16, 0x07), (10, .gigeVision, 12, 0x04), (12, .gigeVision, 12, 0x06), (10, .lsb, 10, 0x46),
            (12, .lsb, 12, 0x47), (14, .lsb, 14, 0x104),
        ]
        var formats: [UInt32: PixelFormat] = [:]
        for family in bayer {
            for (pattern, identifier) in zip([CFAPattern.grbg, .rggb, .gbrg, .bggr], family.identifiers) {
                formats[0x0100_0000 | family.bitsPerPixel << 16 | identifier] = PixelFormat(
                    cfa: pattern, bitDepth: family.depth, packing: family.packing)
            }
        }
        for family in mono {
            formats[0x0100_0000 | family.bitsPerPixel << 16 | family.identifier] = PixelFormat(
                cfa: nil, bitDepth: family.depth, packing: family.packing)
        }
        return formats
    }()

    private static let valueByFormat = Dictionary(uniqueKeysWithValues: formatByValue.map { ($1, $0) })
}
