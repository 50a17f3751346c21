import ArgumentParser
import Codecs
import Pipeline
import Tensors

/// Flags that describe bare raw bytes, or override what a file says of itself.
struct RawOptions: ParsableArguments {
    @Option(
        name: .customLong("raw"), help: ArgumentHelp("JSON file that describes raw bytes.", valueName: "json"))
    var file: String?

    @Option(help: "Samples in a row.")
    var width: String?

    @Option(help: "Rows.")
    var height: String?

    @Option(help: "Pixel format by its V4L2, libcamera or PFNC name: SRGGB10_CSI2P, BayerRG12p, …")
    var pixelFormat: String?

    @Option(help: "Bytes from one row to the next.")
    var rowStride: String?

    @Option(help: "Bytes before the first row.")
    var offset: String?

    @Option(help: "Sample value of darkness: one number, or four for the sites of the 2×2 block.")
    var blackLevel: String?

    @Option(help: "Sample value at which the sensor clips.")
    var whiteLevel: String?

    @Option(help: "Gains on red, green and blue: 1.9,1,1.5")
    var whiteBalance: String?

    @Option(help: "EXIF orientation, 1 to 8.")
    var orientation: String?

    /// Merges the JSON file and the flags; a flag wins.
    ///
    /// - Throws: `PipelineError.badOption` naming the flag; for the JSON file `FileError` and `CodecError`.
    func description() throws -> RawDescription {
        var description = RawDescription()
        if let file {
            let json = try ByteStorage.reading(path: file, maximumByteCount: 1 << 20)
            description = try RawDescription(json: Array(json.bytes))
        }
        let flags: [(RawDescription.Field, String, String?)] = [
            (.width, "--width", width), (.height, "--height", height), (.pixelFormat, "--pixel-format", pixelFormat),
            (.rowStride, "--row-stride", rowStride), (.offset, "--offset", offset),
            (.blackLevel, "--black-level", blackLevel), (.whiteLevel, "--white-level", whiteLevel),
            (.whiteBalanceGains, "--white-balance", whiteBalance), (.orientation, "--orientation", orientation),
        ]
        for (field, name, value) in flags {
            guard let value else { continue }
            do {
                try description.set(field, to: value, spelling: name)
            } catch .argument(_, let detail) {
                throw PipelineError.badOption(name: name, detail: detail)
            }
        }
        return description
    }
}
