import ArgumentParser
import Codecs
import ISP
import Imaging
import Pipeline
import Tensors
import Vision

struct BenchISP: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isp",
        abstract: "Developing a raw frame, in megapixels of the sensor a second.",
        discussion: """
            isp.tensor is the inference path, from packed samples to a network's letterboxed float input; half, bilinear, … \
            make 8-bit pictures by the whole ISP; only-bilinear, … demosaic and do nothing else. Without a frame, noise of \
            --size and --pixel-format is developed.
            """
    )

    @Argument(help: "A raw frame.")
    var frame: String?

    @Option(help: "Width and height of the noise.")
    var size: String = "4056x3040"

    @Option(help: "Pixel format of the noise.")
    var pixelFormat: String = "SRGGB10_CSI2P"

    @Option(help: "Side of the network's input.")
    var input: Int = 416

    @Option(help: "Cases to run, by name: tensor, half, bilinear, …; all when left out.")
    var only: [String] = []

    @Option(help: "Compute threads.")
    var threads: Int = 1

    @Option(help: "Seconds for each case, at least; 20 runs are made in any case.")
    var seconds: Double = 1

    func validate() throws {
        if !(1...256).contains(threads) { throw ValidationError("--threads is \(threads), allowed are 1 to 256") }
        if !(8...4096).contains(input) { throw ValidationError("--input is \(input), allowed are 8 to 4096") }
        if NoiseFrame.extents(size) == nil {
            throw ValidationError("--size is '\(size)'; it is WIDTHxHEIGHT, each 2 to 16384")
        }
        guard PixelFormat(name: pixelFormat) != nil else {
            throw ValidationError("--pixel-format is '\(pixelFormat)', which is no format's name")
        }
    }

    func run() throws {
        let mosaic = try loadFrame()
        let pool = ComputePool(width: threads)
        defer { pool.stop() }
        let developer = Developer(profile: .standard)
        var parameters = try developer.parameters(for: mosaic)
        func measure(_ name: String, _ body: () throws -> Void) throws {
            guard only.isEmpty || only.contains(name) else { return }
            try Measurement.measure(
                "isp.\(name)", threads: threads, work: Double(mosaic.width * mosaic.height) / 1e6, unit: "MP/s",
                seconds: seconds, body
            ).printLine()
        }
        let network = ModelManifest.Input(
            name: "input", width: input, height: input, layout: .nchw, colorOrder: .rgb, scale: 1.0 / 255,
            mean: [0, 0, 0], std: [1, 1, 1], fit: .letterbox, padValue: 127.5, filter: .area)
        let tensor = Tensor(dataType: .float32, shape: Shape(network.dimensions(batch: 1)))
        parameters.demosaic = .half
        let half = try developer.rows(of: mosaic, parameters: parameters)
        let upright = half.orientation.uprightSize(width: half.width, height: half.height)
        let preparation = InputPreparation(
            input: network, pictureWidth: upright.width, pictureHeight: upright.height,
            orientation: half.orientation)
        try measure("tensor") {
            let rows = try developer.rows(of: mosaic, parameters: parameters)
            try preparation.prepare(rows, into: tensor, parallelism: pool.parallelism)
        }
        for demosaic in Demosaic.builtIn {
            parameters.demosaic = demosaic
            let picture = try developer.develop(mosaic, parameters: parameters, parallelism: pool.parallelism)
            try measure(demosaic.rawValue) {
                try developer.develop(
                    mosaic, parameters: parameters, into: picture, parallelism: pool.parallelism)
            }
        }
        let samples = mosaic.pixelFormat.bitDepth == 8 ? Picture.Format.rgb8 : .rgb16
        let target = try demosaicOnly(mosaic, method: .bilinear, domain: .linear, format: samples)
        for demosaic in Demosaic.builtIn where demosaic != .half {
            try measure("only-\(demosaic.rawValue)") {
                try demosaicOnly(
                    mosaic, method: demosaic, domain: .linear, into: target, parallelism: pool.parallelism)
            }
        }
    }

    private func loadFrame() throws -> RawFrame {
        guard let frame else {
            guard let (width, height) = NoiseFrame.extents(size), let format = PixelFormat(name: pixelFormat) else {
                throw ExitCode.validationFailure
            }
            return NoiseFrame.make(width: width, height: height, format: format)
        }
        let input = try FrameInput.file(frame)
        guard
            case .raw(let mosaic) = try ImageDecoder.decode(
                input.bytes, contentType: input.contentType, description: input.description)
        else { throw CodecError.argument(field: frame, detail: "is a finished picture, not a raw frame") }
        return mosaic
    }
}
