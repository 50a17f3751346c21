import ArgumentParser
import Batch
import Codecs
import Graph
import ISP
import Imaging
import Pipeline
import Tensors

struct DevelopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "develop",
        abstract: "Develop raw frames into pictures, or repack them as DNG: the ISP alone.",
        discussion: """
            The ending of the output decides: .png or .tif (8 or 16 bit), .jpg, .nv12 (raw video, BT.601), or .dng, which keeps the \
            samples as they are and writes what is known of them. Several frames, or a folder of them, go to a folder, each under its own name.

                fovea develop frame.dng -o frame.png
                fovea develop frame.dng -o frame.tif --bits 16 --demosaic mlri
                fovea develop frames/ -o developed/ --format jpg
                fovea develop frame.dng -o tiers.png --compare bilinear,mhc,led,mlri,cnn --crop 900,600,300,400
            """
    )

    @Argument(help: "DNG, raw bytes with a description, or a grey PNG of a mosaic with --cfa; folders of them.")
    var frames: [String] = []

    @Option(name: .shortAndLong, help: "Output file: .png, .tif, .jpg, .nv12 or .dng; for several frames a folder.")
    var output: String = ""

    @Option(help: "Format of the files in an output folder: png, tif, jpg, nv12 or dng.")
    var format: String = "png"

    @Option(name: .customLong("isp-profile"), help: "ISP profile: a JSON file, or the name of one in --profiles.")
    var profile: String?

    @Option(help: "Folder of ISP profiles.")
    var profiles: String?

    @Option(help: "Demosaic instead of the profile's: half, bilinear, mhc, led, mlri, cnn or demosaicnet.")
    var demosaic: String?

    @Option(help: "Folder of models, for demosaicnet; see 'fovea serve'.")
    var models: String?

    @Option(help: "What demosaicnet is computed in: fp32 or bf16.")
    var precision: String = "fp32"

    @Option(help: "Demosaics to show side by side in one picture, from left to right: bilinear,mhc,led,…")
    var compare: String?

    @Option(help: "Part of the upright picture to write: X,Y,WIDTH,HEIGHT.")
    var crop: String?

    @Flag(help: "Demosaic and nothing else: 8-bit mosaics as they are, deeper ones through the square-root domain.")
    var onlyDemosaic = false

    @Option(
        help: """
            Take a grey PNG for a mosaic of this colour filter order: rggb, grbg, gbrg or bggr; Quad-Bayer rggb_quad and so on; \
            RGB-IR by its first two rows, such as bgrg_gigi.
            """)
    var cfa: String?

    @Option(help: "What Quad-Bayer becomes instead of what the profile says: bin (half the size) or remosaic.")
    var quadBayer: String?

    @Flag(help: "Write the infrared samples of an RGB-IR frame alone, as a grey picture of half the size.")
    var infrared = false

    @Option(help: "Bits per channel of a PNG or TIFF: 8 or 16.")
    var bits: Int?

    @Option(help: "Quality of a JPEG, 1 to 100.")
    var quality: Int = 95

    @Flag(
        help:
            "Print what was applied, the milliseconds of each stage on one thread, and statistics of the samples; JSON, a line a frame."
    )
    var explain = false

    @Flag(help: "Print the JSON Schema of ISP profiles, and do nothing else.")
    var profileSchema = false

    @OptionGroup var raw: RawOptions

    func validate() throws {
        if profileSchema { return }
        if output.isEmpty { throw ValidationError("--output is missing") }
        if frames.isEmpty { throw ValidationError("name at least one frame") }
        if let bits, bits != 8 && bits != 16 { throw ValidationError("--bits is \(bits), allowed are 8 and 16") }
        if !(1...100).contains(quality) { throw ValidationError("--quality is \(quality), allowed are 1 to 100") }
        let known = Demosaic.allCases.map(\.rawValue).joined(separator: ", ")
        for (flag, names) in [("--demosaic", demosaic.map { [$0] } ?? []), ("--compare", comparedNames)] {
            for name in names where Demosaic(rawValue: name) == nil {
                throw ValidationError("\(flag) is '\(name)', allowed are \(known)")
            }
        }
        if precision != Precision.fp32.rawValue && precision != Precision.bf16.rawValue {
            throw ValidationError("--precision is '\(precision)', allowed are fp32, bf16")
        }
        if compare != nil && (demosaic != nil || explain) {
            throw ValidationError("--compare goes with neither --demosaic nor --explain")
        }
        if DevelopedFile.Kind(ending: format) == nil {
            throw ValidationError("--format is '\(format)', allowed are png, tif, jpg, nv12 and dng")
        }
        guard let kind = kind else { throw ValidationError("--output must end in .png, .tif, .jpg, .nv12 or .dng") }
        if bits == 16 && (kind == .jpeg || kind == .nv12) {
            throw ValidationError("a \(kind == .jpeg ? "JPEG" : "NV12 picture") has 8 bits, not --bits 16")
        }
        if crop != nil && region == nil {
            throw ValidationError("--crop is '\(crop ?? "")'; it is X,Y,WIDTH,HEIGHT in pixels")
        }
        if kind == .dng && (compare != nil || crop != nil) {
            throw ValidationError("a DNG keeps all samples as they are: no --compare, no --crop")
        }
        if onlyDemosaic && explain { throw ValidationError("--explain has nothing to say with --only-demosaic") }
        if let cfa, filters == nil {
            let names = MosaicArrangement.filters.map(\.name).joined(separator: ", ")
            throw ValidationError("--cfa is '\(cfa)', allowed are \(names)")
        }
        if let quadBayer, BayerConversion.Quad(rawValue: quadBayer) == nil {
            throw ValidationError("--quad-bayer is '\(quadBayer)', allowed are bin, remosaic")
        }
        if infrared && (compare != nil || onlyDemosaic || kind == .dng) {
            throw ValidationError("--infrared goes with neither --compare nor --only-demosaic nor .dng")
        }
    }

    /// The colour filters that --cfa names.
    private var filters: (name: String, order: CFAPattern, arrangement: MosaicArrangement)? {
        cfa.flatMap { name in MosaicArrangement.filters.first { $0.name == name.lowercased() } }
    }

    /// Whether the output is a folder.
    private var isBatch: Bool {
        frames.count > 1 || output.hasSuffix("/") || DirectoryListing.isDirectory(output)
            || frames.contains { $0 != "-" && DirectoryListing.isDirectory($0) }
    }

    private var kind: DevelopedFile.Kind? {
        isBatch ? DevelopedFile.Kind(ending: format) : DevelopedFile.Kind(path: output)
    }

    private var comparedNames: [String] { compare?.split(separator: ",").map { String($0) } ?? [] }

    private var region: PixelRect? {
        let numbers = crop?.split(separator: ",").compactMap { Int($0) } ?? []
        guard numbers.count == 4, numbers.allSatisfy((0...1 << 20).contains), numbers[2] > 0, numbers[3] > 0 else {
            return nil
        }
        return PixelRect(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
    }

    func run() throws {
        if profileSchema {
            try StandardOutput.write(line: String(ISPProfile.jsonSchemaText.dropLast()))
            return
        }
        guard let kind else { return }
        let developer = try loadDeveloper()
        let description = try raw.description()
        let pool = ComputePool()
        defer { pool.stop() }
        guard isBatch else {
            try develop(frames[0], to: output, as: kind, description, developer, pool)
            return
        }
        let inputs = InputSelection(paths: frames)
        let total = inputs.count().map { "/\($0)" } ?? ""
        let folder = output.hasSuffix("/") ? String(output.dropLast()) : output
        var names = OutputNames(taken: [])
        var (count, failures) = (0, 0)
        for input in inputs.walk() {
            count += 1
            do {
                if let failure = input.failure { throw failure }
                let target = "\(folder)/\(names.claim(input.name)).\(kind.ending)"
                try FileWriting.makeDirectory(String(target[..<(target.lastIndex(of: "/") ?? target.endIndex)]))
                let before = Measurement.milliseconds()
                try develop(input.path, to: target, as: kind, description, developer, pool)
                if StandardError.isTerminal {
                    let taken = Int(Measurement.milliseconds() - before)
                    StandardError.print("\(count)\(total) \(target) \(taken) ms")
                }
            } catch {
                failures += 1
                StandardError.print("fovea: \(input.path): \(describe(error))")
            }
        }
        if failures > 0 {
            StandardError.print("fovea: \(failures) of \(count) frames failed")
            throw ExitStatus.someInputsFailed
        }
    }

    private func develop(
        _ path: String, to target: String, as kind: DevelopedFile.Kind, _ description: RawDescription,
        _ developer: Developer, _ pool: ComputePool
    ) throws {
        let stored = try loadFrame(path, description)
        if kind == .dng {
            try FileWriting.write(DNGEncoder.encode(stored), to: target)
            return
        }
        let mosaic = try bayer(stored, path, developer, pool.parallelism)
        func picture(_ method: Demosaic?) throws -> Picture {
            let whole = try developed(mosaic, by: method, developer, pool.parallelism)
            guard let region else { return whole }
            guard let part = region.clipped(toWidth: whole.width, height: whole.height) else {
                throw CodecError.argument(
                    field: "--crop", detail: "lies outside the picture of \(whole.width)×\(whole.height)")
            }
            return whole.cropped(to: part)
        }
        let result: Picture
        if compare != nil {
            let pictures = try comparedNames.map { try picture(Demosaic(rawValue: $0)) }
            guard let montage = Picture.sideBySide(pictures, gap: 4) else { return }
            result = montage
        } else {
            result = try picture(demosaic.flatMap { Demosaic(rawValue: $0) })
        }
        try DevelopedFile.write(result, to: target, as: kind, quality: quality)
    }

    /// What is developed: a Bayer mosaic, or the infrared samples.
    private func bayer(
        _ frame: RawFrame, _ path: String, _ developer: Developer, _ parallelism: Parallelism
    ) throws -> RawFrame {
        if infrared {
            guard let plane = frame.infraredPlane() else {
                throw CodecError.argument(
                    field: "--infrared", detail: "\(path) is \(frame.pixelFormat.name), which has no infrared samples")
            }
            return plane
        }
        var conversion = developer.profile.conversion
        // Scores are taken at full size.
        if onlyDemosaic { conversion.quad = .remosaic }
        if let named = quadBayer.flatMap({ BayerConversion.Quad(rawValue: $0) }) { conversion.quad = named }
        var frame = frame
        if let blackLevel = developer.profile.blackLevel { frame.blackLevel = blackLevel }
        return try frame.bayer(conversion, parallelism: parallelism).frame
    }

    private func developed(
        _ mosaic: RawFrame, by method: Demosaic?, _ developer: Developer, _ parallelism: Parallelism
    ) throws -> Picture {
        var picture: Picture
        if onlyDemosaic {
            // 8-bit mosaics are gamma-coded already; deeper ones are linear light.
            let isDeep = mosaic.pixelFormat.bitDepth > 8
            picture = try demosaicOnly(
                mosaic, method: method ?? .mhc, domain: isDeep ? .squareRoot : .linear,
                format: bits.map { $0 == 16 } ?? isDeep ? .rgb16 : .rgb8, network: developer.network,
                parallelism: parallelism)
        } else {
            let format =
                mosaic.pixelFormat.cfa == nil && infrared
                ? (bits == 16 ? Picture.Format.gray16 : .gray8) : (bits == 16 ? .rgb16 : .rgb8)
            picture =
                try explain
                ? explained(mosaic, by: method, developer, format)
                : developer.develop(mosaic, demosaic: method, format: format, parallelism: parallelism).picture
        }
        // Beside others half a size would show another part.
        if compare != nil && method == .half { picture = picture.doubled() }
        return picture
    }

    /// Develops on one thread, and prints what was applied, the time of each stage, and the frame's statistics.
    private func explained(
        _ mosaic: RawFrame, by method: Demosaic?, _ developer: Developer, _ format: Picture.Format
    ) throws -> Picture {
        var clock = Measurement.milliseconds()
        func lap() -> Double {
            let last = clock
            clock = Measurement.milliseconds()
            return clock - last
        }
        var parameters = try developer.parameters(for: mosaic)
        if let method { parameters.demosaic = method }
        var stages = ["parameters": lap()]
        let (picture, times) = try developer.developTimed(mosaic, parameters: parameters, format: format)
        for (stage, time) in times { stages[stage.rawValue] = time }
        _ = lap()
        let statistics = MosaicStatistics(mosaic, parameters: parameters)
        stages["statistics"] = lap()
        let report = DevelopReport(
            picture, parameters, profile: developer.profile, stages: stages, statistics: statistics)
        StandardError.print(try report.json())
        return picture
    }

    private var network: LearnedDemosaic {
        LearnedDemosaic(models: models, precision: Precision(rawValue: precision) ?? .fp32)
    }

    private func loadDeveloper() throws -> Developer {
        if let profile, profile.hasSuffix(".json") {
            return Developer(profile: try ProfileLibrary.load(profile), network: network)
        }
        return try ProfileLibrary(directory: profiles, network: network).developer(named: profile)
    }

    private func loadFrame(_ path: String, _ description: RawDescription) throws -> RawFrame {
        let input = try FrameInput.file(path, description: description)
        // With --cfa a picture is a mosaic, and what is said of raw samples is said of it.
        let decoded = try ImageDecoder.decode(
            input.bytes, contentType: input.contentType,
            description: cfa == nil ? input.description : RawDescription())
        switch decoded {
        case .raw(let frame):
            guard cfa == nil else {
                throw CodecError.argument(
                    field: "--cfa", detail: "\(frame.pixelFormat.name) is known already for \(path)")
            }
            return frame
        case .picture(let picture, _): return try mosaic(in: picture, path, description: input.description)
        }
    }

    /// A grey picture taken for a mosaic, by `--cfa`.
    private func mosaic(in picture: Picture, _ path: String, description: RawDescription) throws -> RawFrame {
        guard let filters, picture.format.channels == 1 else {
            throw CodecError.argument(
                field: path, detail: "is a finished picture; a grey PNG of a mosaic needs --cfa or --pixel-format")
        }
        let frame = RawFrame(
            width: picture.width, height: picture.height,
            pixelFormat: PixelFormat(
                cfa: filters.order, bitDepth: 8 * picture.format.bytesPerSample, arrangement: filters.arrangement),
            rowStride: picture.rowStride, storage: picture.storage)
        return try description.applying(to: frame, format: "PNG")
    }
}
