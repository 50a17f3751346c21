import Foundation
import Imaging
import Sensor
import Tensors
import Testing

@Suite("Verification of emulated sensors")
struct VerificationTests {
    private func sheet(_ width: Int = 512, _ height: Int = 384, binning: Int = 1) -> SensorDataSheet {
        var sheet = SensorDataSheet.small(
            width: width, height: height, format: PixelFormat(cfa: .rggb, bitDepth: 12, packing: .unpacked),
            binning: binning)
        sheet.modes[0].conversionGain = 0.46
        // Noise at the highest gain must not reach down to 0.
        sheet.modes[0].blackLevel = 256
        sheet.hotPixels.fraction = 0.0002
        sheet.deadPixels = 0.0005
        sheet.stuckPixels = 0.0005
        return sheet
    }

    @Test("measures what the data sheet states", arguments: [1, 2])
    func holds(binning: Int) throws {
        let verification = try SensorVerification(dataSheet: sheet(binning: binning), frames: 32)
        for quantity in verification.quantities { #expect(quantity.holds, "\(quantity)") }
        let names = Set(verification.quantities.map(\.name))
        #expect(names.isSuperset(of: ["gain", "read noise", "PRNU", "DSNU", "dark current at 25 °C"]))
    }

    @Test("sees row and column noise apart")
    func rowsAndColumns() throws {
        var sheet = sheet()
        sheet.rowNoise = 2
        sheet.columnNoise = 3
        let verification = try SensorVerification(dataSheet: sheet, frames: 16)
        for quantity in verification.quantities { #expect(quantity.holds, "\(quantity)") }
    }

    @Test("draws its plots and reports as JSON")
    func plots() throws {
        let verification = try SensorVerification(dataSheet: sheet(128, 96), frames: 4)
        #expect(verification.plots.map(\.name) == ["photon-transfer", "linearity", "prnu", "dsnu", "dark-current"])
        for plot in verification.plots {
            let parser = XMLChecker()
            #expect(parser.isWellFormed(plot.svg), "\(plot.name)")
            #expect(plot.svg.contains("<circle") && plot.svg.contains("<polyline"))
            #expect(!plot.svg.contains("nan") && !plot.svg.contains("inf"))
        }
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(verification.json())) }
        #expect(verification.lines.count == verification.quantities.count + 1)
    }
}

/// Whether every element that is opened is closed.
private struct XMLChecker {
    func isWellFormed(_ text: String) -> Bool {
        var open: [Substring] = []
        var rest = text[...]
        while let start = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: start)...]
            guard let end = rest.firstIndex(of: ">") else { return false }
            let tag = rest[..<end]
            rest = rest[rest.index(after: end)...]
            let name = tag.drop { $0 == "/" }.prefix { $0 != " " && $0 != "/" }
            if tag.hasPrefix("/") {
                guard open.popLast() == name else { return false }
            } else if !tag.hasSuffix("/") {
                open.append(name)
            }
        }
        return open.isEmpty
    }
}
