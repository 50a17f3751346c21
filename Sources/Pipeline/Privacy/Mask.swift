internal import Imaging
internal import Tensors
internal import Vision

/// What must not be recognised in a picture, and how it is found: faces, and things of chosen classes.
///
/// Knows nothing of what a request asks for: thresholds, class filters and regions of the answer do not change what is hidden.
struct Mask: Sendable {
    /// A network that looks for what is to be hidden.
    private struct Search: Sendable {
        let model: LoadedModel
        let vision: VisionModel
        /// `nil`: everything it finds.
        let classes: Set<Int>?
        /// Whether it also looks at parts of a large picture, where small things show.
        let looksClosely: Bool
    }

    /// How this service masks.
    struct Settings: Sendable {
        /// Name of the model that finds faces.
        var faceModel: String
        /// Lowest score of what is hidden.
        var confidence: Float
    }

    private let searches: [Search]
    private let confidence: Float
    private let pool: ComputePool
    /// Labels of what is hidden, sorted.
    let hidden: [String]

    /// - Parameter classes: labels to hide besides faces.
    /// - Throws: ``PipelineError/unmaskable(detail:)`` when no face model is loaded, or no loaded detector knows one of the classes:
    ///   then nothing may leave.
    init(
        classes: [String], settings: Settings, preferred: VisionModel, library: ModelLibrary, pool: ComputePool
    ) throws(PipelineError) {
        let loaded = library.current
        guard let faces = loaded.first(where: { $0.name == settings.faceModel }), let vision = faces.vision,
            vision.manifest.task == .faces
        else {
            throw .unmaskable(
                detail: "pictures are masked by a model for faces, and none named '\(settings.faceModel)' is loaded")
        }
        var searches = [Search(model: faces, vision: vision, classes: nil, looksClosely: true)]
        // The request's own model first: it knows best what its answer shows.
        let detectors = loaded.filter { [.detection, .pose].contains($0.vision?.manifest.task) }
            .sorted { a, _ in a.vision === preferred }
        var wanted: [String: Set<String>] = [:]
        for label in classes where label != "face" {
            guard let detector = detectors.first(where: { $0.vision?.manifest.labels.contains(label) ?? false }) else {
                throw .unmaskable(detail: "no loaded detector knows the class '\(label)', which is to be hidden")
            }
            wanted[detector.name, default: []].insert(label)
        }
        for detector in detectors {
            guard let vision = detector.vision, let labels = wanted[detector.name] else { continue }
            searches.append(
                Search(
                    model: detector, vision: vision, classes: try vision.classIDs(of: Array(labels)),
                    looksClosely: false))
        }
        self.searches = searches
        confidence = settings.confidence
        self.pool = pool
        hidden = Set(classes + ["face"]).sorted()
    }

    /// The networks that look.
    var models: [FrameResult.Model] { searches.map { $0.model.provenance($0.vision.manifest) } }

    /// A copy in which everything found is unrecognisable.
    ///
    /// - Parameter known: things found before, in pixels of the picture; those of hidden classes are hidden too.
    /// - Throws: `VisionError`, `GraphError`: then there is no picture.
    func hiding(
        in picture: Picture, known: [FrameResult.Detection], clock: inout StageClock,
        isCancelled: @Sendable () -> Bool
    ) throws -> (picture: Picture, places: Int) {
        let before = StageClock.now()
        var places = known.filter { hidden.contains($0.label) }
        for search in searches { places += try find(search, in: picture, isCancelled: isCancelled) }
        let masked = Redaction.hiding(places, in: picture)
        clock.record("mask", nanoseconds: StageClock.now() - before)
        return (masked, places.count)
    }

    private func find(
        _ search: Search, in picture: Picture, isCancelled: @Sendable () -> Bool
    ) throws -> [FrameResult.Detection] {
        let manifest = search.vision.manifest
        let options = DecodingOptions(
            confidence: min(confidence, manifest.thresholds.confidence), iou: manifest.thresholds.iou,
            maximumDetections: 1000, classes: search.classes)
        var parts = [PixelRect(x: 0, y: 0, width: picture.width, height: picture.height)]
        if search.looksClosely {
            parts += Self.tiles(
                width: picture.width, height: picture.height, side: 2 * min(manifest.input.width, manifest.input.height)
            )
        }
        var found: [FrameResult.Detection] = []
        // Its stages are no part of the answer's.
        var clock = StageClock()
        for part in parts {
            let content =
                picture.width == part.width && picture.height == part.height
                ? picture : picture.cropped(to: part)
            let predictions = try search.model.predict(
                .picture(content), with: search.vision, options: options, parallelism: pool.parallelism, clock: &clock,
                isCancelled: isCancelled)
            guard case .detections(let detections) = predictions else { continue }
            found += detections.map { detection in
                var onPicture = detection
                let (x, y) = (Float(part.x), Float(part.y))
                onPicture.rect = Rect(
                    x0: detection.rect.x0 + x, y0: detection.rect.y0 + y, x1: detection.rect.x1 + x,
                    y1: detection.rect.y1 + y)
                return FrameResult.Detection(
                    onPicture, label: manifest.label(detection.classID), width: picture.width, height: picture.height)
            }
        }
        return found
    }

    /// Squares of `side` over a picture larger than that, overlapping by a quarter, so that what one cuts another shows whole; what
    /// is larger than the overlap shows in the whole picture.
    static func tiles(width: Int, height: Int, side: Int) -> [PixelRect] {
        guard max(width, height) > side else { return [] }
        func starts(_ extent: Int) -> [Int] {
            guard extent > side else { return [0] }
            let count = (extent - side + side * 3 / 4 - 1) / (side * 3 / 4)
            return (0...count).map { $0 * (extent - side) / count }
        }
        return starts(height).flatMap { y in
            starts(width).map { PixelRect(x: $0, y: y, width: min(side, width), height: min(side, height)) }
        }
    }
}
