import Codecs
import Foundation
import Imaging
import Sensor
import Tensors
import TestSupport
import Testing

@Suite("Scenes")
struct SceneTests {
    /// A scene as light: mosaic sites divided by what saturates, before any noise.
    private func light(
        _ picture: Picture, sheet: SensorDataSheet = .clean(), options: SceneOptions = SceneOptions()
    ) throws -> [[Double]] {
        let sensor = try EmulatedSensor(dataSheet: sheet, settings: ExposureSettings(exposureTime: 0))
        let scene = try sensor.prepare(picture, options: options)
        return (0..<scene.height).map { row in
            (0..<scene.width).map { Double(scene.row(row)[$0]) }
        }
    }

    @Test(
        "grey gives equal light on all sites once white-balanced, at the sRGB curve's value",
        arguments: [0, 1, 60, 128])
    func grey(level: Int) throws {
        let value = UInt8(level)
        let sites = try light(.even(value, value, value, width: 40, height: 30))
        let gains = SensorDataSheet.clean().whiteBalanceGains(temperature: 5000)
        let code = Double(level) / 255
        let expected = code <= 0.04045 ? code / 12.92 : pow((code + 0.055) / 1.055, 2.4)
        #expect(abs(sites[10][10] * gains.x - expected) < 1e-4 * expected + 1e-9)
        #expect(abs(sites[10][11] - expected) < 1e-4 * expected + 1e-9)
        #expect(abs(sites[11][11] * gains.z - expected) < 1e-4 * expected + 1e-9)
    }

    @Test("white saturates every site")
    func white() throws {
        for row in try light(.even(255, 255, 255, width: 8, height: 8)) {
            for site in row { #expect(abs(site - 1) < 1e-4) }
        }
    }

    @Test("colours come back through white balance and matrix")
    func colours() throws {
        let sites = try light(.even(180, 90, 40, width: 40, height: 30))
        let sheet = SensorDataSheet.clean()
        let gains = sheet.whiteBalanceGains(temperature: 5000)
        let camera = SIMD3(sites[10][10] * gains.x, sites[10][11], sites[11][11] * gains.z)
        let linear = sheet.cameraToSRGB(temperature: 5000) * camera
        let codes = [linear.x, linear.y, linear.z].map { value in
            255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055)
        }
        #expect(zip(codes, [180.0, 90, 40]).allSatisfy { abs($0 - $1) < 0.5 })
    }

    @Test("every Bayer order sees its colours at its sites", arguments: CFAPattern.allCases)
    func orders(cfa: CFAPattern) throws {
        let sheet = SensorDataSheet.clean(format: PixelFormat(cfa: cfa, bitDepth: 12, packing: .unpacked))
        let sites = try light(.even(200, 60, 20, width: 20, height: 20), sheet: sheet)
        let reference = try light(.even(200, 60, 20, width: 20, height: 20))
        for row in 0..<2 {
            for column in 0..<2 {
                let color = cfa.color(row: row, column: column)
                let site = (0..<4).first { CFAPattern.rggb.color(row: $0 / 2, column: $0 % 2) == color } ?? 0
                #expect(sites[row][column] == reference[site / 2][site % 2])
            }
        }
    }

    @Test("keeps the mean of the light when it shrinks a picture")
    func shrinking() throws {
        let picture = Picture(width: 400, height: 240, format: .gray8)
        for y in 0..<240 {
            for x in 0..<400 {
                picture.row(y).storeBytes(of: (x + y) % 2 == 0 ? 0 : 255, toByteOffset: x, as: UInt8.self)
            }
        }
        let sites = try light(picture, options: SceneOptions(tone: .linear))
        #expect(abs(sites[50][51] - 0.5) < 0.01)
    }

    @Test("covers the sensor, or lies within it between dark bars")
    func fitting() throws {
        let wide = Picture.even(128, 128, 128, width: 400, height: 60)
        #expect(try light(wide).allSatisfy { $0.allSatisfy { $0 > 0.05 } })
        let boxed = try light(wide, options: SceneOptions(fit: .letterbox))
        // 400 by 60 in 200 by 120 leaves 45 dark rows above and below.
        #expect(boxed[44].allSatisfy { $0 == 0 } && boxed[75].allSatisfy { $0 == 0 })
        #expect(boxed[45].allSatisfy { $0 > 0.05 } && boxed[74].allSatisfy { $0 > 0.05 })
    }

    @Test("stands pictures upright first")
    func orientation() throws {
        let sensor = try EmulatedSensor(dataSheet: .clean(), settings: ExposureSettings(exposureTime: 0))
        let picture = Picture.ramps(width: 200, height: 120)
        let turned = sensor.frame(index: 0, of: try sensor.prepare(picture, orientation: .down))
        let upright = sensor.frame(index: 0, of: try sensor.prepare(picture.uprighted(from: .down)))
        #expect(turned.digest == upright.digest)
    }

    @Test("undoes the contrast curve")
    func contrast() throws {
        let grey = Picture.even(200, 200, 200, width: 20, height: 20)
        let plain = try light(grey, options: SceneOptions(tone: .srgb))[0][1]
        let curved = try light(grey, options: SceneOptions(tone: .contrast))[0][1]
        // 3x² - 2x³ = 200/255 at x = 0.70025
        #expect(curved < plain)
        #expect(abs(curved - pow((0.70025 + 0.055) / 1.055, 2.4)) < 2e-4)
    }

    @Test("refuses an impossible light")
    func temperature() throws {
        let sensor = try EmulatedSensor(dataSheet: .clean())
        #expect(throws: SensorError.self) {
            try sensor.prepare(.even(1, 2, 3, width: 4, height: 4), options: SceneOptions(temperature: 10))
        }
    }
}

@Suite("Scene files")
struct SceneFilesTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "fovea-scene-\(UUID().uuidString)")

    private func write(_ name: String, _ bytes: [UInt8]) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: folder.appending(path: name))
    }

    private func source(_ files: SceneFiles) throws -> SceneSource {
        let sensor = try EmulatedSensor(dataSheet: .small())
        return try SceneSource(sensor: sensor, scene: Scene(.files(files), for: sensor))
    }

    private func remove() { try? FileManager.default.removeItem(at: folder) }

    private func fault(_ path: String) -> SensorError? {
        do {
            _ = try SceneFiles(path: path)
            return nil
        } catch { return error }
    }

    @Test("shows the pictures of a folder in the order of their names, over and over")
    func folderLoops() throws {
        defer { remove() }
        let pictures = [Picture.even(30, 30, 30, width: 20, height: 12), .even(200, 200, 200, width: 20, height: 12)]
        try write("b.jpg", ImageEncoder.encodeJPEG(pictures[1], quality: 95))
        try write("a.png", ImageEncoder.encodePNG(pictures[0]))
        try write("notes.txt", Array("no frame".utf8))
        let files = try SceneFiles(path: folder.path())
        #expect(files.entries.map(\.role) == [.picture, .picture])
        for cacheLimit in [0, 1 << 30] {
            let sensor = try EmulatedSensor(dataSheet: .small())
            let scene = try Scene(.files(files), for: sensor, cacheLimit: cacheLimit)
            let source = try SceneSource(sensor: sensor, scene: scene)
            let brightness = try (UInt64(0)..<4).map { index in
                let frame = try source.frame(index)
                return withExtendedLifetime(frame.storage) {
                    frame.storage.bytes[frame.range].reduce(0) { $0 + Int($1) }
                }
            }
            #expect(brightness[0] < brightness[1] && brightness[2] < brightness[3])
            #expect(brightness[0] < brightness[3])
        }
    }

    @Test("sends recorded samples as their side file describes them")
    func recordings() throws {
        defer { remove() }
        try write("frame.raw", [UInt8](repeating: 7, count: 16 * 8))
        try write(
            "frame.json", Array(#"{"width": 8, "height": 8, "pixelFormat": "SGRBG10", "blackLevel": 3.5}"#.utf8))
        let files = try SceneFiles(path: folder.path())
        let source = try source(files)
        let frame = try source.frame(5)
        #expect(frame.contentType == "application/octet-stream")
        #expect(frame.range.count == 128)
        let fields = Dictionary(uniqueKeysWithValues: frame.fields.map { ($0.name, $0.value) })
        #expect(fields["Fovea-Pixel-Format"] == "SGRBG10")
        #expect(fields["Fovea-Black-Level"] == "3.5")
        #expect(fields["Fovea-White-Balance"] == nil)
    }

    @Test("replays the sample frames of the project, a DNG and bare samples with a side file")
    func samples() throws {
        let files = try SceneFiles(path: Repository.root + "/samples/border-collie")
        let source = try source(files)
        let (dng, bare) = (try source.frame(0), try source.frame(1))
        #expect(dng.contentType == "image/x-adobe-dng" && dng.fields.isEmpty)
        #expect(bare.contentType == "application/octet-stream")
        #expect(bare.fields.contains { $0 == ("Fovea-Orientation", "8") })
    }

    @Test("describes emulated frames so that they can be read back")
    func fieldsReadBack() throws {
        var sheet = SensorDataSheet.small(width: 198, height: 20)
        sheet.modes[0].blackLevel = 63.25
        let sensor = try EmulatedSensor(dataSheet: sheet)
        let sent = sensor.frame(index: 1, of: try sensor.prepare(.ramps(width: 30, height: 20)))
        let wire = SensorFrame(sent)
        let described = try RawDescription(
            fields: wire.fields.map { field in
                let name = field.name.dropFirst("Fovea-".count)
                return (name == "White-Balance" ? "White-Balance-Gains" : String(name), field.value)
            })
        let copy = ByteStorage(Array(wire.storage.bytes[wire.range]))
        let received = try described.frame(over: copy)
        #expect(received.digest == sent.digest)
        #expect(received.blackLevel == [63.25, 63.25, 63.25, 63.25])
        #expect(received.whiteLevel == 1023)
        #expect(received.whiteBalanceGains == sent.whiteBalanceGains)
        #expect(received.cameraToSRGB == sent.cameraToSRGB)
        #expect(received.pixelFormat == sent.pixelFormat && received.rowStride == sent.rowStride)
    }

    @Test("names what is wrong with a scene")
    func faults() throws {
        defer { remove() }
        try write("a.jpg", Array("not a picture".utf8))
        try write("bare.raw", [1, 2, 3])
        try write("x.webp", [1, 2, 3])
        let path = folder.path()
        guard case .badScene(_, let jpeg)? = fault(path + "/a.jpg") else {
            throw SensorError.badScene(path: path, detail: "")
        }
        #expect(jpeg == "is named like a JPEG file but is none")
        guard case .badScene(_, let bare)? = fault(path + "/bare.raw") else {
            throw SensorError.badScene(path: path, detail: "")
        }
        #expect(bare.contains("bare.json"))
        guard case .badScene? = fault(path + "/x.webp") else { throw SensorError.badScene(path: path, detail: "") }
        guard case .file? = fault(path + "/nothing.png") else { throw SensorError.badScene(path: path, detail: "") }
    }

    @Test("says that a folder holds no frames")
    func emptyFolder() throws {
        defer { remove() }
        try write("readme.txt", [65])
        let path = folder.path()
        #expect(
            fault(path) == .badScene(path: path, detail: "holds no .jpg, .jpeg, .png, .tiff, .dng, .raw or .bin file"))
    }

    @Test("says which file of a scene cannot be decoded")
    func brokenPicture() throws {
        defer { remove() }
        let whole = try ImageEncoder.encodePNG(.ramps(width: 40, height: 40))
        try write("cut.png", Array(whole.prefix(whole.count / 2)))
        let files = try SceneFiles(path: folder.path())
        #expect {
            try source(files)
        } throws: { error in
            guard case .badScene(let path, _)? = error as? SensorError else { return false }
            return path.hasSuffix("cut.png")
        }
    }
}

extension SensorDataSheet {
    /// A sensor without faults, for tests of light alone.
    fileprivate static func clean(
        format: PixelFormat = PixelFormat(cfa: .rggb, bitDepth: 10, packing: .csi2)
    ) -> SensorDataSheet {
        var sheet = SensorDataSheet.small(format: format)
        sheet.photoResponseNonUniformity = 0
        sheet.darkSignalNonUniformity = 0
        sheet.darkCurrent = 0
        sheet.hotPixels = HotPixels(fraction: 0, darkCurrent: 0)
        sheet.fullWell = 1000
        return sheet
    }
}
