import ArgumentParser
import Codecs
import ISP
import Imaging
import Pipeline

struct BenchISP: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isp", abstract: "Developing a raw frame, by demosaic, in megapixels of the sensor a second.")

    @Argument(help: "A raw frame.")
    var frame: String = "samples/border-collie/frame.dng"

    @Option(help: "Compute threads.")
    var threads: Int = 1

    func validate() throws {
        if !(1...256).contains(threads) { throw ValidationError("--threads is \(threads), allowed are 1 to 256") }
    }

    func run() throws {
        let input = try FrameInput.file(frame)
        guard
            case .raw(let mosaic) = try ImageDecoder.decode(
                input.bytes, contentType: input.contentType, description: input.description)
        else { throw CodecError.argument(field: frame, detail: "is a finished picture, not a raw frame") }
        let pool = ComputePool(width: threads)
        defer { pool.stop() }
        let developer = Developer(profile: .standard)
        for demosaic in Demosaic.allCases {
            try Measurement.measure(
                "isp.\(demosaic.rawValue)", threads: threads, work: Double(mosaic.width * mosaic.height) / 1e6,
                unit: "MP/s"
            ) {
                _ = try developer.develop(mosaic, demosaic: demosaic, parallelism: pool.parallelism)
            }.printLine()
        }
    }
}
