#if FOVEA_SERVER
import ArgumentParser
import Graph
import Inference
import Pipeline
import Sensor
import Tensors
import Vision

/// The network on the emulated sensor.
struct OnSensorNetworkOptions: ParsableArguments {
    @Option(help: "Model that runs on the sensor itself, in its int8 version where it has one.")
    var network: String?

    @Option(help: "Folder of models; by default the one beside the program, or ./models.")
    var models: String?

    @Option(
        help: """
            What the network looks at: whole (stretched, as the sensor does), network-shape (the largest part in the middle \
            of its shape), or left,top,width,height in pixels of the full sensor.
            """)
    var window: String = "whole"

    @Option(help: "What leaves the sensor: image, metadata (no pixel, blank input tensor), or both.")
    var privacy: String = SensorPrivacy.both.rawValue

    @Option(help: "Bits of an element of the output tensors: 8 or 16.")
    var outputBits: Int = 16

    @Option(help: "Bytes that the sensor has for the network; by default its data sheet's.")
    var networkMemory: Int?

    @Flag(help: "Print the network's memory layer by layer.")
    var networkReport = false

    func validate() throws {
        if SensorPrivacy(rawValue: privacy) == nil {
            throw ValidationError("--privacy is '\(privacy)', allowed are image, both and metadata")
        }
        if SensorWindow(window) == nil {
            throw ValidationError("--window is '\(window)', not whole, network-shape or left,top,width,height")
        }
        if let networkMemory, networkMemory < 1 {
            throw ValidationError("--network-memory is \(networkMemory), the least is 1")
        }
        if network == nil, networkReport || privacy != "both" || window != "whole" || networkMemory != nil {
            throw ValidationError("--window, --privacy, --network-memory and --network-report go with --network")
        }
    }

    /// The network in int8, as the sensor's chip runs it; one that has no int8 version as it is.
    private func pipeline(_ network: String) throws -> FramePipeline {
        var configuration = PipelineConfiguration()
        configuration.modelDirectory = models
        configuration.modelNames = [network]
        configuration.versionPolicy = .all
        configuration.precision = .int8
        do {
            return try FramePipeline(configuration)
        } catch PipelineError.badModel {
            configuration.precision = nil
            return try FramePipeline(configuration)
        }
    }

    /// Loads the network and compares its memory with the sensor's; `nil` when none is asked for.
    ///
    /// - Throws: `networkTooLarge` for one that does not fit, after the table of its layers has been printed.
    func load(for sheet: SensorDataSheet) throws -> LoadedNetwork? {
        guard let network else { return nil }
        guard let limit = networkMemory ?? sheet.networkMemory else {
            throw SensorError.badNetwork(
                name: network, detail: "the data sheet of \(sheet.name) has no networkMemory; give --network-memory")
        }
        let pipeline = try pipeline(network)
        do {
            let versions = pipeline.library.versions(of: network)
            let model =
                try versions.last { $0.session.precision == .int8 } ?? versions.last
                ?? pipeline.library.model(named: network)
            let folder = try ModelLocation.find(explicit: models)
            let budget = NetworkBudget(
                name: network, memory: try NetworkMemory(path: "\(folder)/\(network)/\(model.version)/model.onnx"),
                limit: limit)
            if networkReport || !budget.fits { budget.table.forEach(StandardError.print) }
            StandardError.print(budget.summary)
            try budget.check()
            return LoadedNetwork(
                model: model, pipeline: pipeline, window: SensorWindow(window) ?? .whole, bits: outputBits,
                privacy: SensorPrivacy(rawValue: privacy) ?? .both)
        } catch {
            pipeline.stop()
            throw error
        }
    }
}

/// A network that fits, ready to be put on sensors.
struct LoadedNetwork {
    let model: LoadedModel
    let pipeline: FramePipeline
    let window: SensorWindow
    let bits: Int
    let privacy: SensorPrivacy

    /// A sensor's frames with what the network says of them. One sensor has all threads, several have one each.
    func source(_ camera: EmulatedCameras.Camera, alone: Bool) throws -> NetworkSource {
        NetworkSource(
            camera: camera.source, network: try network(camera, alone: alone), privacy: privacy, sensorName: camera.name
        )
    }

    func network(_ camera: EmulatedCameras.Camera, alone: Bool) throws -> OnSensorNetwork {
        try OnSensorNetwork(
            model, window: window, binning: camera.sensor.mode.binning, bits: bits,
            parallelism: alone ? pipeline.pool.parallelism : .serial)
    }
}
#endif
