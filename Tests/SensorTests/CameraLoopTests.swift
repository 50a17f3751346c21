import Codecs
import Foundation
import Imaging
import Sensor
import Tensors
import Testing

@Suite("Camera loops")
struct CameraLoopTests {
    private func sensor(lux: Double, gain: Double = 1, exposure: Double = 0.001) throws -> EmulatedSensor {
        try EmulatedSensor(
            dataSheet: .small(width: 160, height: 120),
            settings: ExposureSettings(analogGain: gain, exposureTime: exposure, light: .illuminance(lux)))
    }

    private func levels(_ source: SceneSource, _ count: UInt64) throws -> [(settings: ExposureSettings, green: Double)]
    {
        try (0..<count).map { index in
            let frame = try source.frame(index)
            let raw = try #require(frame.raw)
            let samples = raw.samples
            var greens: [Double] = []
            for row in 0..<raw.height {
                for column in 0..<raw.width where (row + column) % 2 == 1 {
                    greens.append((Double(samples[row * raw.width + column]) - 64) / 959)
                }
            }
            let green = mean(greens)
            return (try #require(frame.settings), green)
        }
    }

    private func source(_ sensor: EmulatedSensor, _ picture: Picture, whiteBalance: Bool = false) throws -> SceneSource
    {
        let path = FileManager.default.temporaryDirectory.appending(path: "fovea-loop-\(UUID().uuidString).png").path()
        try FileWriting.write(ImageEncoder.encodePNG(picture), to: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let scene = try Scene(Scene.Subject(path), for: sensor)
        let loop = try CameraLoop(sensor: sensor, hasAutoExposure: true, hasAutoWhiteBalance: whiteBalance)
        return try SceneSource(sensor: sensor, scene: scene, loop: loop)
    }

    @Test(
        "brings a scene to its brightness in a few frames, shutter first and then gain", arguments: [100.0, 300, 3000])
    func converges(lux: Double) throws {
        let sensor = try sensor(lux: lux)
        let grey = Picture.even(118, 118, 118, width: 160, height: 120)
        let frames = try levels(source(sensor, grey), 40)
        // An even picture: its brightest parts must reach one half.
        #expect(abs(frames[39].green - 0.5) < 0.03)
        let last = frames[39].settings
        let longest = sensor.dataSheet.exposureRange(sensor.mode).upperBound
        #expect(last.analogGain == 1 || abs(last.exposureTime / longest - 1) < 0.01)
        #expect((lux > 1000) == (last.exposureTime < longest * 0.9))
        for frame in frames[20...] { #expect(abs(frame.green / frames[39].green - 1) < 0.05) }
    }

    @Test("shows a setting two frames after the frame that it was decided on")
    func delay() throws {
        let frames = try levels(source(sensor(lux: 300), .even(118, 118, 118, width: 160, height: 120)), 4)
        #expect(frames[1].settings == frames[0].settings)
        #expect(frames[2].settings != frames[0].settings)
    }

    @Test("sets the same for a frame whether those before it were made or not")
    func skips() throws {
        let picture = Picture.ramps(width: 160, height: 120)
        let every = try source(sensor(lux: 200), picture, whiteBalance: true)
        let some = try source(sensor(lux: 200), picture, whiteBalance: true)
        let frames = try (UInt64(0)..<12).map { try #require(try every.frame($0).raw) }
        for index in [UInt64(3), 4, 11] {
            let frame = try #require(try some.frame(index).raw)
            #expect(frame.digest == frames[Int(index)].digest)
            #expect(frame.whiteBalanceGains == frames[Int(index)].whiteBalanceGains)
        }
    }

    @Test("finds the colour of the light", arguments: [3000.0, 4500, 6500])
    func whiteBalance(temperature: Double) throws {
        let sensor = try sensor(lux: 300)
        let scene = try Scene(
            .chart(.slantedEdge), for: sensor, options: SceneOptions(temperature: temperature))
        let loop = try CameraLoop(sensor: sensor, hasAutoExposure: true, hasAutoWhiteBalance: true)
        let source = try SceneSource(sensor: sensor, scene: scene, loop: loop)
        let gains = try #require(try source.frame(60).raw?.whiteBalanceGains)
        let truth = sensor.dataSheet.whiteBalanceGains(temperature: temperature)
        #expect(abs(gains.x / truth.x - 1) < 0.05 && abs(gains.z / truth.z - 1) < 0.05)
    }

    @Test("needs to know how bright the scene is")
    func illuminance() throws {
        let sensor = try EmulatedSensor(dataSheet: .small())
        #expect(throws: SensorError.self) {
            try CameraLoop(sensor: sensor, hasAutoExposure: true, hasAutoWhiteBalance: false)
        }
    }
}
