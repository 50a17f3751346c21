#if FOVEA_SERVER
import ArgumentParser
import Glibc
import Pipeline
import Sensor
import Tensors

struct EmulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emulate",
        abstract: "Be an image sensor: turn a scene into raw frames and stream them to a service.",
        discussion: """
            Pictures become raw Bayer frames of the sensor's mode, with its noise; DNG files and described raw frames are \
            sent as they are. When the service is slower than the sensor, frames are dropped and counted by reason. \
            Ctrl-C ends the stream; the totals are printed.
            """
    )

    @Option(help: "Address of the service.")
    var connect: String = "http://127.0.0.1:8000"

    @Option(help: "Picture, raw frame, or a folder of them, shown in turn.")
    var scene: String

    @Option(help: "A built-in sensor, or a data sheet: FILE.json.")
    var sensor: String = "imx500"

    @Option(help: "Mode of the sensor; by default its first.")
    var mode: String?

    @Option(help: "Name that the service knows this sensor by; by default the sensor's.")
    var sensorID: String?

    @Option(help: "Frames a second; by default the mode's.")
    var fps: Double?

    @Option(help: "End after so many frames.")
    var frames: UInt64?

    @Option(help: "End after so many answers, however many frames that takes.")
    var answers: Int?

    @Option(help: "Frames that may be under way at a time.")
    var inFlight: Int = 2

    @Option(help: "Makes one recording differ from another.")
    var seed: UInt64 = 0

    @Option(help: "Makes one sensor differ from another of its kind.")
    var serial: String = "1"

    @Option(help: "Amplification before the converter.")
    var analogGain: Double = 1

    @Option(help: "Exposure time in milliseconds.")
    var exposure: Double = 10

    @Option(help: "Green brightness of white as a share of saturation.")
    var brightness: Double = 1

    @Option(help: "Colour temperature of the light, kelvin.")
    var temperature: Double = 5000

    @Option(help: "How a picture of another shape fills the sensor: cover or letterbox.")
    var fit: String = "cover"

    @Flag(help: "Print each answer as the JSON line that the service sent.")
    var json = false

    @Flag(help: "Print only totals and what goes wrong.")
    var quiet = false

    func validate() throws {
        if let answers, answers < 1 { throw ValidationError("--answers is \(answers), the least is 1") }
        if SceneOptions.Fit(rawValue: fit) == nil {
            throw ValidationError("--fit is '\(fit)', allowed are cover and letterbox")
        }
    }

    func run() async throws {
        let pool = ComputePool()
        defer { pool.stop() }
        let sheet =
            sensor.hasSuffix(".json")
            ? try Self.dataSheet(at: sensor)
            : try SensorDataSheet.named(sensor)
        let mode = try sheet.mode(mode)
        let emulated = try EmulatedSensor(
            dataSheet: sheet, mode: mode, seed: seed, serial: serial,
            settings: ExposureSettings(
                analogGain: analogGain, exposureTime: exposure / 1000, brightness: brightness),
            parallelism: pool.parallelism)
        let source = try SceneSource(
            files: SceneFiles(path: scene), sensor: emulated,
            options: SceneOptions(fit: SceneOptions.Fit(rawValue: fit) ?? .cover, temperature: temperature),
            parallelism: pool.parallelism)
        var options = StreamOptions(
            url: connect, sensor: sensorID ?? sheet.name, framesPerSecond: fps ?? mode.framesPerSecond,
            frameLimit: frames)
        options.inFlight = inFlight
        let streamer = try SensorStreamer(source: source, options: options)
        let report = StreamReport(style: quiet ? .quiet : json ? .json : .lines)
        let enough = AnswerCount(answers ?? Int.max)
        let stream = Task { [enough] in
            try await streamer.run { event in
                report.show(event)
                enough.note(event)
            }
        }
        enough.whenReached { stream.cancel() }
        let interruption = InterruptSignal { stream.cancel() }
        defer { interruption.stop() }
        let totals = try await stream.value
        StandardError.print(StreamReport.summary(totals))
        if totals.answered < UInt64(answers ?? 1) && totals.generated > 0 { throw ExitStatus.someInputsFailed }
    }

    private static func dataSheet(at path: String) throws -> SensorDataSheet {
        let json = try ByteStorage.reading(path: path, maximumByteCount: 1 << 20)
        return try SensorDataSheet(json: json.bytes)
    }
}
#endif
