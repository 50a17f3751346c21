import Glibc
import Imaging
import Sensor
import Tensors
import Testing

@Suite("Emulated sensor")
struct EmulatedSensorTests {
    @Test("gives any sample alone as it is in the frame", arguments: [UInt64(0), 1, 1 << 40])
    func sampleAlone(index: UInt64) throws {
        var sheet = SensorDataSheet.small(width: 198, height: 40)
        sheet.rowNoise = 3
        sheet.columnNoise = 2
        sheet.hotPixels.fraction = 0.1
        sheet.deadPixels = 0.05
        sheet.stuckPixels = 0.05
        let sensor = try EmulatedSensor(
            dataSheet: sheet, seed: 5, serial: "A7", settings: ExposureSettings(sensorTemperature: 48))
        let scene = try sensor.prepare(.ramps(width: 64, height: 48))
        let frame = sensor.frame(index: index, of: scene)
        let samples = frame.samples
        for row in 0..<frame.height {
            for column in 0..<frame.width {
                let alone = sensor.sample(frame: index, row: row, column: column, of: scene)
                #expect(alone == samples[row * frame.width + column], "row \(row) column \(column)")
            }
        }
    }

    @Test("gives the same bytes however the work is cut", arguments: [2, 3, 7, 120])
    func cutsAreInvisible(width: Int) throws {
        let parallelism = Parallelism.backwards(width: width)
        let whole = try EmulatedSensor(dataSheet: .small())
        let cut = try EmulatedSensor(dataSheet: .small(), parallelism: parallelism)
        let picture = Picture.ramps(width: 301, height: 97)
        let expected = whole.frame(index: 3, of: try whole.prepare(picture))
        let frame = cut.frame(
            index: 3, of: try cut.prepare(picture, parallelism: parallelism), parallelism: parallelism)
        #expect(frame.digest == expected.digest)
    }

    @Test("gives the same frame whether it keeps its pattern or computes it anew", arguments: [1, 2])
    func patternIsKeptOrNot(binning: Int) throws {
        let sheet = SensorDataSheet.small(binning: binning)
        let digests = try [true, false].map { isKept in
            let sensor = try EmulatedSensor(dataSheet: sheet, keepsPattern: isKept)
            return sensor.frame(index: 2, of: sensor.flatField(electrons: 3000)).digest
        }
        #expect(digests[0] == digests[1])
    }

    @Test("doubles its dark current with every step of temperature", arguments: [0.0, 1, 2.5])
    func darkCurrent(steps: Double) throws {
        var sheet = SensorDataSheet.small(width: 256, height: 256)
        sheet.darkCurrent = 200
        sheet.hotPixels.fraction = 0
        let settings = ExposureSettings(exposureTime: 2, sensorTemperature: 25 + 7 * steps)
        let sensor = try EmulatedSensor(dataSheet: sheet, settings: settings)
        let dark = mean(sensor.frame(index: 0, of: sensor.flatField(electrons: 0)).samples.map(Double.init)) - 64
        let expected = 400 * pow(2, steps) * 0.1172
        #expect(abs(dark / expected - 1) < 0.01)
    }

    @Test("has dead pixels without light and stuck pixels without darkness, in the numbers that the data sheet states")
    func defects() throws {
        var sheet = SensorDataSheet.small(width: 500, height: 400)
        sheet.deadPixels = 0.002
        sheet.stuckPixels = 0.004
        sheet.hotPixels.fraction = 0
        let sensor = try EmulatedSensor(dataSheet: sheet)
        let lit = sensor.frame(index: 0, of: sensor.flatField(electrons: 4000)).samples
        let dark = sensor.frame(index: 0, of: sensor.flatField(electrons: 0)).samples
        let dead = lit.indices.filter { lit[$0] < 80 }
        let stuck = dark.indices.filter { dark[$0] == 1023 }
        #expect((320...480).contains(dead.count))
        #expect((680...920).contains(stuck.count))
        #expect(stuck.allSatisfy { lit[$0] == 1023 })
    }

    @Test("sets the gains and exposures that the IMX500 has")
    func controls() throws {
        let sheet = SensorDataSheet.imx500
        #expect(sheet.settableGain(1) == 1)
        #expect(sheet.settableGain(2) == 2)
        #expect(sheet.settableGain(3) == 1024.0 / (1024 - 683))
        #expect(sheet.settableGain(1000) == 1024.0 / (1024 - 978))
        let mode = try sheet.mode("4056x3040")
        let line = 17_900 / 744e6
        #expect(sheet.settableExposure(0, mode) == 8 * line)
        #expect(abs(sheet.settableExposure(0.01, mode) - 0.01) <= line / 2)
        #expect(sheet.exposureRange(mode).upperBound == (4156 - 22) * line)
        let sensor = try EmulatedSensor(dataSheet: sheet, mode: mode, settings: ExposureSettings(analogGain: 3))
        #expect(sensor.applied(sensor.settings).analogGain == 1024.0 / (1024 - 683))
    }

    @Test("gathers light in proportion to illuminance, exposure and aperture")
    func illuminance() throws {
        func white(_ lux: Double, _ time: Double, _ fNumber: Double) throws -> Double {
            var sheet = SensorDataSheet.small()
            sheet.lens.fNumber = fNumber
            let settings = ExposureSettings(exposureTime: time, light: .illuminance(lux))
            return try EmulatedSensor(dataSheet: sheet, settings: settings).electronsOfWhite(settings)
        }
        let base = try white(100, 0.01, 2)
        #expect(abs(base - 100 * 0.9 / 16 * 5500 * 0.01) < 1e-9)
        #expect(abs(try white(200, 0.01, 2) / base - 2) < 1e-12)
        #expect(abs(try white(100, 0.03, 2) / base - 3) < 1e-12)
        #expect(abs(try white(100, 0.01, 4) / base - 0.25) < 1e-12)
    }

    @Test("gives the same frame on every machine, for ever")
    func golden() throws {
        let sensor = try EmulatedSensor(dataSheet: .small(), seed: 1, serial: "golden")
        let frame = sensor.frame(index: 7, of: try sensor.prepare(.ramps(width: 320, height: 240)))
        #expect(frame.digest == "8f14f00cd17870cb025ffa3d8c5765884d6211e903573b7274e1fa3ff8ec9ba8")
    }

    @Test("describes its frames")
    func description() throws {
        let sensor = try EmulatedSensor(dataSheet: .imx500, serial: "x")
        let frame = sensor.frame(index: 3, of: sensor.flatField(electrons: 100))
        #expect(frame.width == 2028 && frame.height == 1520)
        #expect(frame.pixelFormat.name == "SRGGB10_CSI2P")
        #expect(frame.rowStride == 2560)
        #expect(frame.blackLevel == [64, 64, 64, 64])
        #expect(frame.whiteLevel == 1023)
        #expect(frame.sequence == 3)
        #expect(frame.timestamp == 100_000_000)
    }

    @Test("takes other noise for another seed, serial number or frame, and the same for the same")
    func whatNoiseDependsOn() throws {
        func digest(seed: UInt64, serial: String, index: UInt64) throws -> String {
            let sensor = try EmulatedSensor(dataSheet: .small(), seed: seed, serial: serial)
            return sensor.frame(index: index, of: sensor.flatField(electrons: 500)).digest
        }
        let first = try digest(seed: 1, serial: "a", index: 0)
        #expect(try digest(seed: 1, serial: "a", index: 0) == first)
        let others = try [
            digest(seed: 2, serial: "a", index: 0), digest(seed: 1, serial: "b", index: 0),
            digest(seed: 1, serial: "a", index: 1), digest(seed: 1, serial: "a", index: 1 << 32),
        ]
        #expect(Set(others + [first]).count == 5)
    }

    @Test("follows the photon transfer curve", arguments: [1, 2])
    func photonTransfer(binning: Int) throws {
        let sheet = SensorDataSheet.small(width: 1024, height: 1024, binning: binning)
        let sensor = try EmulatedSensor(dataSheet: sheet)
        func point(_ electrons: Double) -> (mean: Double, variance: Double) {
            let scene = sensor.flatField(electrons: electrons * Double(binning * binning))
            let first = sensor.frame(index: 0, of: scene).samples
            let second = sensor.frame(index: 1, of: scene).samples
            // The difference of two frames holds no fixed pattern and twice the temporal variance.
            return (
                mean(first.map(Double.init)),
                variance(zip(first, second).map { Double($0) - Double($1) }) / 2
            )
        }
        let low = point(600)
        let high = point(6600)
        let gain = (high.variance - low.variance) / (high.mean - low.mean)
        let expected = 0.1172 / Double(binning * binning)
        #expect(abs(gain / expected - 1) < 0.01)
        #expect(abs((high.mean - 64) / (6600 * 0.1172) - 1) < 0.002)
    }

    @Test("reads with the noise and from the black level that the data sheet states")
    func readNoise() throws {
        // At high gain the noise spans many digital numbers, so that quantisation adds no more than 1/12.
        let sheet = SensorDataSheet.small(width: 512, height: 512)
        let sensor = try EmulatedSensor(dataSheet: sheet, settings: ExposureSettings(analogGain: 16))
        let scene = sensor.flatField(electrons: 0)
        let first = sensor.frame(index: 0, of: scene).samples.map(Double.init)
        let second = sensor.frame(index: 1, of: scene).samples.map(Double.init)
        let gain = 0.1172 * 16
        // Hot pixels gather electrons in the dark: leave their shot noise out.
        let dark = zip(first, second).filter { $0 < 200 && $1 < 200 }
        let quiet = variance(dark.map { $0 - $1 }) / 2 - 1 / 12.0
        #expect(abs(quiet.squareRoot() / gain / 2.5 - 1) < 0.02)
        #expect(abs(mean(dark.map(\.0)) - 64 - 3 * 0.01 * gain) < 0.1)
        // Averaging frames leaves the fixed offsets of pixels.
        let frames = (0..<64).map { sensor.frame(index: $0, of: scene).samples }
        let averages = (0..<20_000).map { pixel in mean(frames.map { Double($0[pixel]) }) }.filter { $0 < 200 }
        let fixed = variance(averages) - quiet / 64
        #expect(abs(fixed.squareRoot() / gain / 0.8 - 1) < 0.05)
    }

    @Test("responds unevenly from pixel to pixel as the data sheet states")
    func nonUniformity() throws {
        var sheet = SensorDataSheet.small(width: 256, height: 256)
        sheet.darkSignalNonUniformity = 0
        sheet.hotPixels.fraction = 0
        sheet.readNoise = 0
        let sensor = try EmulatedSensor(dataSheet: sheet)
        let scene = sensor.flatField(electrons: 5000)
        var sums = [Double](repeating: 0, count: 256 * 256)
        for index in 0..<64 {
            for (pixel, sample) in sensor.frame(index: UInt64(index), of: scene).samples.enumerated() {
                sums[pixel] += Double(sample) - 64
            }
        }
        // What is left of photon noise and quantisation in a mean of 64.
        let noise = (5000 * 0.1172 * 0.1172 + 1 / 12.0) / 64
        let uneven = (variance(sums.map { $0 / 64 }) - noise).squareRoot() / (5000 * 0.1172)
        #expect(abs(uneven / 0.008 - 1) < 0.02)
    }

    @Test("shifts rows anew in every frame and columns for life")
    func rowsAndColumns() throws {
        var sheet = SensorDataSheet.small(width: 400, height: 400)
        sheet.rowNoise = 40
        sheet.columnNoise = 60
        let sensor = try EmulatedSensor(dataSheet: sheet)
        let scene = sensor.flatField(electrons: 2000)
        func means(_ index: UInt64) -> (rows: [Double], columns: [Double]) {
            let samples = sensor.frame(index: index, of: scene).samples.map(Double.init)
            return (
                (0..<400).map { row in mean(samples[(400 * row)..<(400 * row + 400)]) },
                (0..<400).map { column in mean((0..<400).map { samples[400 * $0 + column] }) }
            )
        }
        let (first, second) = (means(0), means(1))
        #expect(abs(variance(first.rows).squareRoot() / (40 * 0.1172) - 1) < 0.1)
        #expect(abs(variance(first.columns).squareRoot() / (60 * 0.1172) - 1) < 0.1)
        let rowChange = variance(zip(first.rows, second.rows).map { $0 - $1 })
        let columnChange = variance(zip(first.columns, second.columns).map { $0 - $1 })
        #expect(abs(rowChange / (2 * variance(first.rows)) - 1) < 0.25)
        #expect(columnChange < 0.05 * variance(first.columns))
    }

    @Test("clips at the converter's last code and at the full well")
    func clipping() throws {
        let bright = try EmulatedSensor(dataSheet: .small())
        #expect(bright.frame(index: 0, of: bright.flatField(electrons: 50_000)).samples.allSatisfy { $0 == 1023 })
        var sheet = SensorDataSheet.small()
        sheet.fullWell = 4000
        sheet.darkSignalNonUniformity = 0
        let shallow = try EmulatedSensor(dataSheet: sheet)
        let samples = shallow.frame(index: 0, of: shallow.flatField(electrons: 50_000)).samples
        #expect(samples.allSatisfy { abs(Double($0) - (64 + 4000 * 0.1172)) < 3 })
    }

    @Test("has hot pixels where the serial number puts them, in the number that the data sheet states")
    func hotPixels() throws {
        var sheet = SensorDataSheet.small(width: 1000, height: 1000)
        sheet.hotPixels = SensorDataSheet.HotPixels(fraction: 0.001, darkCurrent: 100_000)
        let sensor = try EmulatedSensor(dataSheet: sheet)
        let scene = sensor.flatField(electrons: 0)
        func hot(_ index: UInt64) -> Set<Int> {
            Set(sensor.frame(index: index, of: scene).samples.enumerated().filter { $1 > 75 }.map(\.offset))
        }
        let first = hot(0)
        #expect((800...1100).contains(first.count))
        #expect(first.intersection(hot(1)).count > first.count * 95 / 100)
    }

    @Test("refuses settings that the sensor does not have")
    func badSettings() {
        #expect {
            try EmulatedSensor(dataSheet: .imx500, settings: ExposureSettings(analogGain: 40))
        } throws: { error in
            (error as? SensorError) == .badOption(name: "gain", detail: "sensor imx500 takes 1.0 to 22.3, not 40.0")
        }
        #expect(throws: SensorError.self) {
            try EmulatedSensor(dataSheet: .small(), settings: ExposureSettings(exposureTime: -1))
        }
        #expect(throws: SensorError.self) {
            try EmulatedSensor(dataSheet: .small(), settings: ExposureSettings(light: .relative(.nan)))
        }
    }
}
