#if FOVEA_SERVER
import ArgumentParser
import Inference
import Pipeline
import Sensor
import Tensors
import Vision

struct EmulateStreamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Stream a scene's raw frames to a service, or write them to files.",
        discussion: """
            Pictures and charts become raw Bayer frames of the sensor's mode, with its noise; DNG files and described raw \
            frames are sent as they are. When the service is slower than the sensor, frames are dropped and counted by \
            reason. Ctrl-C ends the stream; the totals are printed.
            """
    )

    @Option(help: "Address of the service.")
    var connect: String = "http://127.0.0.1:8000"

    @OptionGroup var camera: EmulatedSensorOptions
    @OptionGroup var view: EmulatedSceneOptions
    @OptionGroup var onSensor: OnSensorNetworkOptions
    @OptionGroup var device: AitriosOptions

    @Option(help: "Name that the service knows this sensor by; by default the sensor's.")
    var sensorID: String?

    @Option(help: "Be so many sensors of the kind at once: NAME-1, NAME-2, …")
    var sensors: Int = 1

    @Option(help: "Frames a second; by default the mode's.")
    var fps: Double?

    @Option(help: "End after so many frames (of each sensor).")
    var frames: UInt64?

    @Option(help: "End after so many answers, however many frames that takes.")
    var answers: Int?

    @Option(help: "Frames that may be under way at a time (of each sensor).")
    var inFlight: Int = 2

    @Option(
        help: """
            What goes wrong, by share of frames: drop, late, duplicate, truncate, corrupt, stuck-rows, disconnect, \
            wrong-metadata; packet-loss by share of packets; clock-drift in millionths. Such as drop=0.01,clock-drift=50.
            """)
    var faults: String = ""

    @Option(
        help: """
            Be a GigE Vision camera instead, on the network interface of this address (127.0.0.1: for this machine alone): \
            Aravis and other GenICam clients open it. Needs libaravis.
            """)
    var gige: String?

    @Option(help: "Write frames to this folder instead of streaming them; needs --frames.")
    var output: String?

    @Option(help: "How frames are written: dng, or raw with a JSON side file.")
    var format: String = "dng"

    @Flag(
        help: """
            With --network and --output: write libcamera's controls of each frame (.CnnOutputTensor, …) and the outputs \
            before they became integers (.0.npy, …), too.
            """)
    var tensors = false

    @Option(help: "Write the boxes of chart:shapes, COCO JSON, for all frames taken.")
    var groundTruth: String?

    @Option(help: "Write what became of the frames of each sensor, JSON.")
    var report: String?

    @Flag(help: "Print each answer as the JSON line that the service sent.")
    var json = false

    @Flag(help: "Print only totals and what goes wrong.")
    var quiet = false

    func validate() throws {
        if gige != nil && (sensors != 1 || output != nil || answers != nil) {
            throw ValidationError(
                "--gige is one sensor that clients open; it goes without --sensors, --output, --answers")
        }
        if let answers, answers < 1 { throw ValidationError("--answers is \(answers), the least is 1") }
        if !(1...1000).contains(sensors) { throw ValidationError("--sensors is \(sensors), allowed are 1 to 1000") }
        if groundTruth != nil && gige != nil && frames == nil { throw ValidationError("--ground-truth needs --frames") }
        if groundTruth != nil && view.scene != "chart:shapes" {
            throw ValidationError("--ground-truth knows the boxes of chart:shapes only")
        }
        if FrameRecorder.Format(rawValue: format) == nil {
            throw ValidationError("--format is '\(format)', allowed are dng and raw")
        }
        if output != nil && frames == nil { throw ValidationError("--output needs --frames") }
        if output != nil && !faults.isEmpty { throw ValidationError("--faults are those of a stream, not of files") }
        if onSensor.network != nil && !faults.isEmpty {
            throw ValidationError("--faults are those of pictures; they do not go with --network")
        }
        if device.aitrios != nil && (onSensor.network == nil || sensors != 1 || output != nil || !faults.isEmpty) {
            throw ValidationError("--aitrios is one sensor with a --network, without --output and --faults")
        }
        if tensors && (onSensor.network == nil || output == nil) {
            throw ValidationError("--tensors needs --network and --output")
        }
    }

    func run() async throws {
        let pool = ComputePool()
        defer { pool.stop() }
        let cameras = try EmulatedCameras(
            camera, view, name: sensorID, count: sensors, forGigEVision: gige != nil, parallelism: pool.parallelism)
        let network = try onSensor.load(for: camera.sheet())
        defer { network?.pipeline.stop() }
        if let gige, let camera = cameras.all.first {
            try await GigEStream(address: gige, framesPerSecond: fps, frames: frames, isQuiet: quiet)
                .run(camera, faults: FaultPlan(faults))
            try writeGroundTruth(cameras, frames: frames ?? 0)
        } else if let address = device.aitrios, let network, let camera = cameras.all.first {
            try await device.run(
                address, camera, network, framesPerSecond: fps ?? cameras.mode.framesPerSecond, uploads: answers,
                quiet: quiet)
        } else if let output, let frames {
            try record(cameras, network, to: output, frames: frames)
        } else {
            try await stream(cameras, network)
        }
    }

    private func record(
        _ cameras: EmulatedCameras, _ network: LoadedNetwork?, to folder: String, frames: UInt64
    ) throws {
        let format = FrameRecorder.Format(rawValue: format) ?? .dng
        for camera in cameras.all {
            let recorder = try FrameRecorder(folder: folder, name: camera.name, format: format, sensor: camera.sensor)
            let source = try network?.source(camera, alone: cameras.all.count == 1)
            for index in 0..<frames {
                let frame = try camera.source.frame(index)
                var paths = network?.privacy == .metadata ? [] : [try recorder.write(frame, index: index)]
                if let source, network?.privacy != .image {
                    paths += try write(
                        source.answer(frame, index: index), "\(folder)/\(FrameRecorder.stem(camera.name, index))")
                }
                if !quiet { for path in paths { try StandardOutput.write(line: path) } }
            }
        }
        try writeGroundTruth(cameras, frames: frames)
    }

    /// Writes what the network on the sensor says of a frame.
    private func write(_ answer: OnSensorNetwork.Answer, _ stem: String) throws -> [String] {
        let lines = answer.lines.bytes
        try FileWriting.write(lines, to: stem + ".dnn")
        try FileWriting.write(answer.result.json(), to: stem + ".result.json")
        guard tensors else { return [stem + ".dnn", stem + ".result.json"] }
        // What an application gets is what was read from the lines.
        let controls = try DNNControls(DNNLines(parsing: lines))
        for (name, bytes) in controls.files(withInput: onSensor.privacy != SensorPrivacy.metadata.rawValue) {
            try FileWriting.write(bytes, to: "\(stem).\(name)")
        }
        for (index, output) in answer.outputs.enumerated() {
            try NPYFile.write(output.tensor, path: "\(stem).\(index).npy")
        }
        return [stem + ".dnn", stem + ".result.json"]
    }

    private func stream(_ cameras: EmulatedCameras, _ network: LoadedNetwork?) async throws {
        let plan = try FaultPlan(faults)
        let streamers = try cameras.all.map { camera in
            var options = StreamOptions(
                url: connect, sensor: camera.name, framesPerSecond: fps ?? cameras.mode.framesPerSecond,
                frameLimit: frames)
            options.inFlight = inFlight
            options.faults = FaultSource(plan, seed: self.camera.seed, serial: camera.sensor.serial)
            let source: any FrameSource =
                if let network { try network.source(camera, alone: cameras.all.count == 1) } else { camera.source }
            return try SensorStreamer(source: source, options: options)
        }
        let style: StreamReport.Style = quiet ? .quiet : json ? .json : .lines
        let enough = AnswerCount(answers ?? Int.max)
        let names = cameras.all.map(\.name)
        let isOne = names.count == 1
        let streams = Task { [enough] in
            try await withThrowingTaskGroup(of: (Int, StreamTotals).self) { group in
                for (index, streamer) in streamers.enumerated() {
                    let report = StreamReport(style: style, sensor: isOne ? nil : names[index])
                    group.addTask {
                        let totals = try await streamer.run { event in
                            report.show(event)
                            enough.note(event)
                        }
                        return (index, totals)
                    }
                }
                var totals = [StreamTotals](repeating: StreamTotals(), count: names.count)
                for try await (index, found) in group { totals[index] = found }
                return totals
            }
        }
        enough.whenReached { streams.cancel() }
        let interruption = InterruptSignal { streams.cancel() }
        defer { interruption.stop() }
        let totals = try await streams.value
        for (name, totals) in zip(names, totals) {
            StandardError.print((isOne ? "" : "\(name): ") + StreamReport.summary(totals))
        }
        let all = totals.reduce(StreamTotals(), +)
        if !isOne { StandardError.print("all: " + StreamReport.summary(all)) }
        StandardError.print(StreamReport.making(all, mode: cameras.mode))
        if let report {
            try FileWriting.write(StreamReport.json(zip(names, totals).map { ($0, $1) }), to: report)
        }
        try writeGroundTruth(cameras, frames: totals.first?.generated ?? 0)
        if all.answered < UInt64(answers ?? 1) && all.generated > 0 { throw ExitStatus.someInputsFailed }
    }

    private func writeGroundTruth(_ cameras: EmulatedCameras, frames: UInt64) throws {
        guard let groundTruth, let name = cameras.all.first?.name else { return }
        var truth = GroundTruth(width: cameras.mode.width, height: cameras.mode.height)
        for frame in 0..<frames {
            truth.add(frame: frame, fileName: FrameRecorder.stem(name, frame) + (output == nil ? "" : ".\(format)"))
        }
        try FileWriting.write(truth.json(), to: groundTruth)
    }
}
#endif
