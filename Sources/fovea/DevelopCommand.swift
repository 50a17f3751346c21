import ArgumentParser
import Codecs
import ISP
import Imaging
import Pipeline
import Tensors

struct DevelopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "develop",
        abstract: "Develop a raw frame into a picture, or repack it as a DNG: the ISP alone.",
        discussion: """
            The ending of the output decides: .png (8 or 16 bit), .jpg, or .dng, which keeps the samples as they are and \
            writes what is known of them.
            """
    )

    @Argument(help: "DNG, raw bytes with a description, or a grey PNG of a mosaic with --cfa or --pixel-format.")
    var frame: String

    @Option(name: .shortAndLong, help: "Output file: .png, .jpg or .dng.")
    var output: String

    @Option(name: .customLong("isp-profile"), help: "ISP profile: a JSON file, or the name of one in --profiles.")
    var profile: String?

    @Option(help: "Folder of ISP profiles.")
    var profiles: String?

    @Option(help: "Demosaic instead of the profile's: half, bilinear, mhc, led or mlri.")
    var demosaic: String?

    @Flag(help: "Demosaic and nothing else: 8-bit mosaics as they are, deeper ones through the square-root domain.")
    var onlyDemosaic = false

    @Option(help: "Take a grey PNG for a mosaic of this colour filter order: rggb, grbg, gbrg or bggr.")
    var cfa: String?

    @Option(help: "Bits per channel of a PNG: 8 or 16.")
    var bits: Int?

    @Option(help: "Quality of a JPEG, 1 to 100.")
    var quality: Int = 95

    @Flag(help: "Print what was applied, as JSON.")
    var explain = false

    @OptionGroup var raw: RawOptions

    func validate() throws {
        if let bits, bits != 8 && bits != 16 { throw ValidationError("--bits is \(bits), allowed are 8 and 16") }
        if !(1...100).contains(quality) { throw ValidationError("--quality is \(quality), allowed are 1 to 100") }
        if let demosaic, Demosaic(rawValue: demosaic) == nil {
            let known = Demosaic.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--demosaic is '\(demosaic)', allowed are \(known)")
        }
        if OutputKind(path: output) == nil { throw ValidationError("--output must end in .png, .jpg or .dng") }
        if bits == 16 && OutputKind(path: output) == .jpeg { throw ValidationError("a JPEG has 8 bits, not --bits 16") }
        if onlyDemosaic && explain { throw ValidationError("--explain has nothing to say with --only-demosaic") }
        if let cfa, CFAPattern(rawValue: cfa.lowercased()) == nil {
            throw ValidationError("--cfa is '\(cfa)', allowed are rggb, grbg, gbrg, bggr")
        }
    }

    func run() throws {
        let mosaic = try loadFrame()
        guard let kind = OutputKind(path: output) else { return }
        if kind == .dng {
            try FileWriting.write(DNGEncoder.encode(mosaic), to: output)
            return
        }
        let pool = ComputePool()
        defer { pool.stop() }
        let parallelism = pool.parallelism
        let method = demosaic.flatMap { Demosaic(rawValue: $0) }
        let picture: Picture
        if onlyDemosaic {
            // 8-bit mosaics are gamma-coded already; deeper ones are linear light.
            let isDeep = mosaic.pixelFormat.bitDepth > 8
            picture = try demosaicOnly(
                mosaic, method: method ?? .mhc, domain: isDeep ? .squareRoot : .linear,
                format: bits.map { $0 == 16 } ?? isDeep ? .rgb16 : .rgb8, parallelism: parallelism)
        } else {
            let developer = try loadDeveloper()
            let developed = try developer.develop(
                mosaic, demosaic: method, format: bits == 16 ? .rgb16 : .rgb8, parallelism: parallelism)
            picture = developed.picture
            if explain { StandardError.print(try DevelopReport(developed, profile: developer.profile).json()) }
        }
        switch kind {
        case .png: try FileWriting.write(ImageEncoder.encodePNG(picture), to: output)
        case .jpeg: try FileWriting.write(ImageEncoder.encodeJPEG(picture, quality: quality), to: output)
        case .dng: break
        }
    }

    private func loadDeveloper() throws -> Developer {
        if let profile, profile.hasSuffix(".json") { return Developer(profile: try ProfileLibrary.load(profile)) }
        return try ProfileLibrary(directory: profiles).developer(named: profile)
    }

    private func loadFrame() throws -> RawFrame {
        let input = try FrameInput.file(frame, description: try raw.description())
        // With --cfa a picture is a mosaic, and what is said of raw samples is said of it.
        let decoded = try ImageDecoder.decode(
            input.bytes, contentType: input.contentType,
            description: cfa == nil ? input.description : RawDescription())
        switch decoded {
        case .raw(let frame):
            guard cfa == nil else {
                throw CodecError.argument(
                    field: "--cfa", detail: "\(frame.pixelFormat.name) is known already for \(self.frame)")
            }
            return frame
        case .picture(let picture, _): return try mosaic(in: picture, description: input.description)
        }
    }

    /// A grey picture taken for a mosaic, by `--cfa`.
    private func mosaic(in picture: Picture, description: RawDescription) throws -> RawFrame {
        guard let cfa = cfa.flatMap({ CFAPattern(rawValue: $0.lowercased()) }), picture.format.channels == 1 else {
            throw CodecError.argument(
                field: frame, detail: "is a finished picture; a grey PNG of a mosaic needs --cfa or --pixel-format")
        }
        let frame = RawFrame(
            width: picture.width, height: picture.height,
            pixelFormat: PixelFormat(cfa: cfa, bitDepth: 8 * picture.format.bytesPerSample),
            rowStride: picture.rowStride, storage: picture.storage)
        return try description.applying(to: frame, format: "PNG")
    }
}

/// What an output file's ending asks for.
private enum OutputKind {
    case png, jpeg, dng

    init?(path: String) {
        let lower = path.lowercased()
        if lower.hasSuffix(".png") {
            self = .png
        } else if lower.hasSuffix(".jpg") || lower.hasSuffix(".jpeg") {
            self = .jpeg
        } else if lower.hasSuffix(".dng") {
            self = .dng
        } else {
            return nil
        }
    }
}
