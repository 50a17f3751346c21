internal import Codecs
internal import Imaging
internal import Vision

/// The picture path: the full picture, masked where its level of privacy says so, with the answer drawn into it, and cut-outs of what was
/// found, encoded.
struct FramePictures {
    private(set) var annotated: EncodedPicture?
    /// In the order of the detections.
    private(set) var crops: [EncodedPicture] = []

    /// Makes what the options ask for; nothing is developed when that is nothing. Notes in the result what was masked.
    init(
        view: ModelView, result: inout FrameResult, options: ResolvedOptions, pool: ComputePool,
        clock: inout StageClock, isCancelled: @Sendable () -> Bool
    ) throws {
        guard let permit = options.permit else { return }
        let full = try view.fullPicture(pool: pool, clock: &clock, isCancelled: isCancelled)
        // A profile that develops at half size gives a picture smaller than the frame that boxes refer to.
        let ratio = Float(full.width) / Float(view.width)
        let detections = (result.detections ?? []).map { $0.scaled(by: ratio) }
        let all = result.allDetections.map { $0.scaled(by: ratio) }
        let parts = (result.detections ?? []).flatMap { $0.parts ?? [] }.map { $0.scaled(by: ratio) }
        let picture = try ReleasedPicture(
            full, under: permit, known: all + parts, clock: &clock, isCancelled: isCancelled)
        if case .masked(let pixelMask) = permit {
            result.privacy.hidden = pixelMask.mask.hidden
            result.privacy.places = picture.places
            result.privacy.models = pixelMask.mask.models
        }
        if let format = options.crops {
            let before = StageClock.now()
            crops = try detections.map {
                try picture.cropped(to: Self.place(of: $0, in: picture)).encoded(as: format)
            }
            clock.record("encode", nanoseconds: StageClock.now() - before)
        }
        if let format = options.picture {
            let drawn = clock.measure("draw") {
                picture.annotated(
                    detections: all, classifications: result.classifications ?? [],
                    segmentation: result.segmentation?.scaled(by: ratio))
            }
            let before = StageClock.now()
            annotated = try drawn.encoded(as: format)
            clock.record("encode", nanoseconds: StageClock.now() - before)
        }
    }

    /// At least one pixel, so that every detection has a crop.
    private static func place(of detection: FrameResult.Detection, in picture: ReleasedPicture) -> PixelRect {
        let box = detection.box
        return PixelRect(
            touching: Rect(x0: box[0], y0: box[1], x1: box[2], y1: box[3]), width: picture.width,
            height: picture.height) ?? PixelRect(x: 0, y: 0, width: 1, height: 1)
    }
}
