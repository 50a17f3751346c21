import Codecs
import Foundation
import Imaging
import Sensor
import Tensors
import Testing

@Suite("Recordings")
struct FrameRecorderTests {
    @Test("writes frames that decode to the same samples", arguments: FrameRecorder.Format.allCases)
    func roundTrip(format: FrameRecorder.Format) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fovea-recording-\(UUID().uuidString)")
            .path()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sensor = try EmulatedSensor(
            dataSheet: .small(), serial: "S/N 7", settings: ExposureSettings(analogGain: 2, exposureTime: 0.02))
        let source = try SceneSource(sensor: sensor, scene: Scene(.chart(.ramps), for: sensor))
        let recorder = try FrameRecorder(folder: folder, name: "cam", format: format, sensor: sensor)
        let frame = try source.frame(41)
        let path = try recorder.write(frame, index: 41)
        #expect(path == "\(folder)/cam-000041.\(format.rawValue)")
        let files = try SceneFiles(path: folder)
        let replay = try SceneSource(sensor: sensor, scene: Scene(.files(files), for: sensor))
        let back = try replay.frame(0)
        switch format {
        case .raw:
            #expect(back.raw?.digest == frame.raw?.digest && back.raw?.sequence == 41)
        case .dng:
            let bytes = back.storage
            guard case .raw(let decoded) = try ImageDecoder.decode(bytes) else {
                Issue.record("a DNG holds a raw frame")
                return
            }
            let samples = try #require(frame.raw).samples
            let words = try DNGEncoder.encode(decoded, storage: .words)
            guard case .raw(let plain) = try ImageDecoder.decode(ByteStorage(words)) else { return }
            #expect(plain.samples == samples)
            #expect(decoded.blackLevel == [64, 64, 64, 64] && decoded.whiteLevel == 1023)
            let text = withExtendedLifetime(bytes) { String(decoding: bytes.bytes.prefix(4096), as: UTF8.self) }
            #expect(text.contains("S/N 7") && text.contains("Fovea imx500"))
        }
    }
}
