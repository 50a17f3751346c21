import Codecs
import Imaging
import Pipeline
import Tensors
import TestSupport
import Testing
import Vision

/// What may leave, with the shipped models.
@Suite(.timeLimit(.minutes(5))) struct PrivacyTests {
    private static let sample = Repository.root + "/samples/border-collie/frame.dng"

    private func pipeline(_ names: Set<String>? = nil) throws -> FramePipeline {
        var configuration = PipelineConfiguration()
        configuration.modelDirectory = Repository.root + "/models"
        configuration.modelNames = names
        return try FramePipeline(configuration)
    }

    private func options(_ privacy: PrivacyLevel, hide hidden: [String] = []) -> AnalysisOptions {
        var options = AnalysisOptions()
        options.privacy = privacy
        options.hidden = hidden
        options.picture = .png
        return options
    }

    private func decoded(_ picture: EncodedPicture?) throws -> Picture {
        let bytes = ByteStorage(try #require(picture).bytes)
        guard case .picture(let picture, _) = try ImageDecoder.decode(bytes) else {
            throw CodecError.unrecognised(detail: "")
        }
        return picture
    }

    /// How many colours a part of a picture has, up to a limit.
    private func colors(of picture: Picture, in rect: PixelRect) -> Int {
        var seen: Set<SIMD3<UInt8>> = []
        for y in rect.y..<rect.y + rect.height {
            let row = picture.row(y).assumingMemoryBound(to: UInt8.self)
            for x in rect.x..<rect.x + rect.width { seen.insert(SIMD3(row[3 * x], row[3 * x + 1], row[3 * x + 2])) }
        }
        return seen.count
    }

    @Test("below masked no picture is made, whatever is asked for", arguments: [PrivacyLevel.metadata, .tensor])
    func withheld(level: PrivacyLevel) async throws {
        let frames = try pipeline(["yolov3-tiny", "centerface"])
        defer { frames.stop() }
        let input = try FrameInput.file(Self.sample)
        await #expect(throws: PipelineError.withheld(what: "pictures", level: level.rawValue)) {
            try await frames.analyze(input, options: options(level))
        }
        var crops = options(level)
        (crops.picture, crops.crops) = (nil, .png)
        let cropsOnly = crops
        await #expect(throws: PipelineError.withheld(what: "pictures", level: level.rawValue)) {
            try await frames.analyze(input, options: cropsOnly)
        }
        var plain = options(level)
        plain.picture = nil
        #expect(try await frames.analyze(input, options: plain).result.privacy == .init(level: level))
    }

    @Test("without a face model no masked picture leaves")
    func noFaceModel() async throws {
        let frames = try pipeline(["yolov3-tiny"])
        defer { frames.stop() }
        #expect(
            throws: PipelineError.unmaskable(
                detail: "pictures are masked by a model for faces, and none named 'centerface' is loaded")
        ) { try frames.validate(options(.masked)) }
    }

    @Test("a class that no detector knows cannot be hidden, so that nothing leaves")
    func unknownClass() throws {
        let frames = try pipeline(["yolov3-tiny", "centerface"])
        defer { frames.stop() }
        #expect(throws: PipelineError.self) { try frames.validate(options(.masked, hide: ["unicorn"])) }
    }

    @Test(
        "what is to be hidden is hidden in pictures and crops even where the request does not look",
        arguments: [nil, "cat", "region"])
    func hidden(filter: String?) async throws {
        let frames = try pipeline(["yolov3-tiny", "centerface"])
        defer { frames.stop() }
        let input = try FrameInput.file(Self.sample)
        var whole = options(.full)
        whole.picture = nil
        let dog = try #require(
            try await frames.analyze(input, options: whole).result.detections?.first { $0.label == "dog" })
        var asked = options(.masked, hide: ["dog"])
        // Neither a class filter, nor a threshold, nor a region may let the dog through.
        if filter == "cat" {
            asked.classes = ["cat"]
            asked.confidenceThreshold = 1
        }
        if filter == "region" {
            asked.region = RegionOfInterest(x0: 0, y0: 0, x1: 0.05, y1: 0.05, unit: .fractions)
        }
        let analysis = try await frames.analyze(input, options: asked)
        #expect(analysis.picture?.level == .masked)
        #expect(analysis.result.privacy.hidden == ["dog", "face"])
        #expect((analysis.result.privacy.places ?? 0) >= 1)
        #expect(analysis.result.privacy.models?.map(\.name) == ["centerface", "yolov3-tiny"])
        let picture = try decoded(analysis.picture)
        // The middle half of the dog, away from lines and labels.
        let (x, y) = (Int(dog.box[0]), Int(dog.box[1]))
        let (width, height) = (Int(dog.box[2] - dog.box[0]), Int(dog.box[3] - dog.box[1]))
        let middle = PixelRect(x: x + width / 4, y: y + height / 4, width: width / 2, height: height / 2)
        #expect(colors(of: picture, in: middle) <= 36, "a mosaic of at most 6 × 6 tiles")
    }

    @Test("a frame itself may be kept at the level full only")
    func frames() throws {
        let input = try FrameInput.file(Self.sample)
        for level in PrivacyLevel.allCases {
            #expect((ReleasedFrame(input, at: level) != nil) == (level == .full))
        }
        #expect(PrivacyLevel.allCases == PrivacyLevel.allCases.sorted())
    }

    @Test("several models answer one frame as each does alone, and what they find shares the picture")
    func severalModels() async throws {
        let frames = try pipeline()
        defer { frames.stop() }
        let input = try FrameInput.file(Self.sample)
        func alone(_ model: String) async throws -> FrameResult {
            var options = AnalysisOptions()
            options.model = model
            return try await frames.analyze(input, options: options).result
        }
        var options = AnalysisOptions()
        options.model = "efficientnet-lite0"
        options.further = ["yolov3-tiny", "centerface"]
        let together = try await frames.analyze(input, options: options).result
        let further = try #require(together.further)
        #expect(together.classifications == (try await alone("efficientnet-lite0")).classifications)
        #expect(further.map(\.model.name) == ["yolov3-tiny", "centerface"])
        #expect(further[0].detections == (try await alone("yolov3-tiny")).detections)
        #expect(together.allDetections.contains { $0.label == "dog" })
        options.further = ["efficientnet-lite0"]
        let twice = options
        #expect(throws: PipelineError.badOption(name: "model", detail: "names 'efficientnet-lite0' twice")) {
            try frames.validate(twice)
        }
    }
}
