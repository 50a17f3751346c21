import Imaging
import Sensor
import Tensors
import TestSupport
import Testing

@Suite("Sensor data sheets")
struct SensorDataSheetTests {
    private func text(_ sheet: SensorDataSheet) throws -> String { String(decoding: try sheet.json(), as: UTF8.self) }

    private func decode(_ text: String) throws -> SensorDataSheet {
        let storage = ByteStorage(Array(text.utf8))
        return try withExtendedLifetime(storage) { try SensorDataSheet(json: storage.bytes) }
    }

    /// The error that `text` gives, field by field.
    private func fault(_ text: String) -> SensorError? {
        do {
            _ = try decode(text)
            return nil
        } catch { return error as? SensorError }
    }

    @Test("built-in sheets keep their own rules", arguments: SensorDataSheet.builtIn)
    func builtInAreValid(sheet: SensorDataSheet) throws {
        try sheet.validate()
        #expect(try SensorDataSheet.named(sheet.name) == sheet)
        #expect(try decode(text(sheet)) == sheet)
    }

    @Test("has the IMX500's two modes")
    func imx500Modes() throws {
        let sheet = SensorDataSheet.imx500
        #expect(sheet.modes.map(\.name) == ["2028x1520", "4056x3040"])
        #expect(try sheet.mode(nil).framesPerSecond == 30)
        #expect(try sheet.mode("4056x3040").rowStride == 5088)
        #expect(throws: SensorError.unknownMode(name: "8k", sensor: "imx500", known: ["2028x1520", "4056x3040"])) {
            try sheet.mode("8k")
        }
    }

    @Test("goes along the curve between white points and stays at its ends")
    func temperatures() {
        let sheet = SensorDataSheet.imx500
        #expect(sheet.whiteBalanceGains(temperature: 2800) == SIMD3(1 / 0.713, 1, 1 / 0.357))
        #expect(sheet.whiteBalanceGains(temperature: 1500) == sheet.whiteBalanceGains(temperature: 2800))
        #expect(sheet.whiteBalanceGains(temperature: 20_000) == sheet.whiteBalanceGains(temperature: 7600))
        let between = sheet.whiteBalanceGains(temperature: (4500 + 5717) / 2)
        #expect(abs(1 / between.x - (0.479 + 0.412) / 2) < 1e-12)
        let matrix = sheet.cameraToSRGB(temperature: 4000)
        for row in 0..<3 { #expect(abs(matrix[row, 0] + matrix[row, 1] + matrix[row, 2] - 1) < 1e-9) }
    }

    @Test("names the field that breaks the schema")
    func faultsNameTheField() throws {
        let sheet = try text(.imx500)
        let cases: [(replace: String, with: String, field: String)] = [
            ("\"fovea.sensor/1\"", "\"fovea.sensor/2\"", "schema"),
            ("\"readNoise\" : 2.5", "\"readNois\" : 2.5", "readNois"),
            ("\"readNoise\" : 2.5", "\"readNoise\" : \"2.5\"", "readNoise"),
            ("\"readNoise\" : 2.5", "\"readNoise\" : -1", "readNoise"),
            ("\"readNoise\" : 2.5,", "", "readNoise"),
            ("\"width\" : 2028", "\"width\" : 2029", "modes[0].width"),
            ("\"width\" : 4056", "\"width\" : 2000000000", "modes[1].width"),
            ("\"SRGGB10_CSI2P\"", "\"SRGGB11\"", "modes[0].pixelFormat"),
            ("\"blackLevel\" : 64", "\"blackLevel\" : 1023", "modes[0].blackLevel"),
            ("\"maximum\" : 22.3", "\"maximum\" : 0.5", "analogGain.maximum"),
            ("\"temperature\" : 2800", "\"temperature\" : 6000", "colorCalibrations"),
            ("\"redToGreen\" : 0.713", "\"redToGreen\" : 0", "whitePoints[0].redToGreen"),
        ]
        for item in cases {
            guard let range = sheet.firstRange(of: item.replace) else {
                Issue.record("the sheet holds \(item.replace)")
                continue
            }
            let broken = sheet.replacingCharacters(in: range, with: item.with)
            guard case .badDataSheet(let field, _)? = fault(broken) else {
                Issue.record("\(item.with): \(String(describing: fault(broken)))")
                continue
            }
            #expect(field == item.field)
        }
    }

    @Test("survives any damage to the file")
    func damage() throws {
        let whole = try SensorDataSheet.imx500.json()
        var random = SplitMix64(seed: 11)
        for length in stride(from: 0, to: whole.count - 1, by: 7) {
            #expect(fault(String(decoding: whole.prefix(length), as: UTF8.self)) != nil)
        }
        for _ in 0..<500 {
            var bytes = whole
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            _ = fault(String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test("says which sensors there are, and what is wrong with a file")
    func naming() {
        #expect(throws: SensorError.unknownSensor(name: "imx999", known: ["imx500"])) {
            try SensorDataSheet.named("imx999")
        }
        #expect {
            try SensorDataSheet.named("/nowhere/sheet.json")
        } throws: { error in
            guard case .file(let error)? = error as? SensorError else { return false }
            return error.path == "/nowhere/sheet.json" && error.operation == "open"
        }
    }
}

extension String {
    fileprivate func firstRange(of part: String) -> Range<String.Index>? { ranges(of: part).first }

    fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
