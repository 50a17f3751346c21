import Imaging
import Testing

@Suite struct PixelFormatTests {
    @Test("every format is found by its own name", arguments: PixelFormat.all)
    func names(format: PixelFormat) {
        #expect(PixelFormat(name: format.name) == format)
    }

    @Test(
        "knows the names in use",
        arguments: [
            ("SRGGB10", CFAPattern.rggb, 10, PixelFormat.Packing.unpacked), ("RG10", .rggb, 10, .unpacked),
            ("BA81", .bggr, 8, .unpacked), ("BYR2", .bggr, 16, .unpacked), ("BA12", .grbg, 12, .unpacked),
            ("SGRBG12P", .grbg, 12, .csi2), ("srggb10_csi2p", .rggb, 10, .csi2), ("pRAA", .rggb, 10, .csi2),
            ("pGAA", .gbrg, 10, .csi2), ("pgAA", .grbg, 10, .csi2), ("BayerRG10", .rggb, 10, .unpacked),
            ("BayerGB12p", .gbrg, 12, .lsb), ("BayerBG10Packed", .bggr, 10, .gigeVision),
        ])
    func aliases(name: String, cfa: CFAPattern, bitDepth: Int, packing: PixelFormat.Packing) {
        #expect(PixelFormat(name: name) == PixelFormat(cfa: cfa, bitDepth: bitDepth, packing: packing))
    }

    @Test("monochrome formats have no colour filter", arguments: ["Mono8", "GREY", "R10", "Mono12p", "Y10P"])
    func monochrome(name: String) throws {
        #expect(try #require(PixelFormat(name: name)).cfa == nil)
    }

    @Test("refuses unknown and ambiguous names", arguments: ["", "SRGGB11", "BayerRG8p", "PGAA", "RGB24"])
    func unknown(name: String) {
        #expect(PixelFormat(name: name) == nil)
    }

    @Test(
        "counts the bytes of a row",
        arguments: [
            ("SRGGB8", 5, 5), ("SRGGB10", 5, 10), ("SRGGB10_CSI2P", 5, 10), ("SRGGB12_CSI2P", 5, 9),
            ("SRGGB14_CSI2P", 5, 14), ("BayerRG10p", 5, 7), ("BayerRG12Packed", 5, 9),
        ])
    func strides(name: String, width: Int, bytes: Int) throws {
        #expect(try #require(PixelFormat(name: name)).minimumRowStride(width: width) == bytes)
    }

    @Test("GigE Vision's numbers and names lead back to the format", arguments: PixelFormat.all)
    func gigEVision(format: PixelFormat) throws {
        guard format.packing != .csi2 else {
            #expect(format.pfncValue == nil && format.pfncName == nil)
            return
        }
        let value = try #require(format.pfncValue)
        let name = try #require(format.pfncName)
        #expect(PixelFormat(pfncValue: value) == format && PixelFormat(name: name) == format)
        // Bits 16 to 23 tell the bits that a pixel takes.
        #expect(Int(value >> 16 & 0xFF) * 8 == format.minimumRowStride(width: 8) * 8)
    }

    @Test(
        "has the convention's numbers",
        arguments: [
            ("BayerRG8", 0x0108_0009), ("BayerBG10", 0x0110_000F), ("BayerGR10p", 0x010A_0056),
            ("BayerRG12p", 0x010C_0059), ("BayerGB12Packed", 0x010C_002C), ("BayerRG16", 0x0110_002F),
            ("Mono8", 0x0108_0001), ("Mono12Packed", 0x010C_0006), ("Mono10p", 0x010A_0046),
        ])
    func pfnc(name: String, value: UInt32) {
        #expect(PixelFormat(name: name)?.pfncValue == value)
    }
}
