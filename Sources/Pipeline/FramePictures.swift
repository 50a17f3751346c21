internal import Codecs
internal import Imaging
internal import Vision

/// The picture path: the full picture with the answer drawn into it, and cut-outs of what was found, encoded.
struct FramePictures {
    private(set) var annotated: [UInt8]?
    /// In the order of the detections.
    private(set) var crops: [[UInt8]] = []

    /// Makes what the options ask for; nothing is developed when that is nothing.
    init(
        view: ModelView, result: FrameResult, options: ResolvedOptions, pool: ComputePool, clock: inout StageClock,
        isCancelled: @Sendable () -> Bool
    ) throws {
        guard options.picture != nil || options.crops != nil else { return }
        var picture = try view.fullPicture(pool: pool, clock: &clock, isCancelled: isCancelled)
        // A profile that develops at half size gives a picture smaller than the frame that boxes refer to.
        let ratio = Float(picture.width) / Float(view.width)
        let detections = (result.detections ?? []).map { $0.scaled(by: ratio) }
        if !options.redacted.isEmpty {
            picture = clock.measure("draw") {
                Redaction.hiding(detections.filter { options.redacted.contains($0.label) }, in: picture)
            }
        }
        if let format = options.crops {
            crops = try clock.measure("encode") { () throws(CodecError) in
                try detections.map { detection throws(CodecError) in
                    try Self.encode(picture.cropped(to: Self.place(of: detection, in: picture)), format)
                }
            }
        }
        if let format = options.picture {
            let drawn = clock.measure("draw") {
                Annotator().annotated(
                    picture, detections: detections, classifications: result.classifications ?? [],
                    segmentation: result.segmentation?.scaled(by: ratio))
            }
            annotated = try clock.measure("encode") { () throws(CodecError) in try Self.encode(drawn, format) }
        }
    }

    /// At least one pixel, so that every detection has a crop.
    private static func place(of detection: FrameResult.Detection, in picture: Picture) -> PixelRect {
        let box = detection.box
        return PixelRect(
            touching: Rect(x0: box[0], y0: box[1], x1: box[2], y1: box[3]), width: picture.width,
            height: picture.height) ?? PixelRect(x: 0, y: 0, width: 1, height: 1)
    }

    private static func encode(_ picture: Picture, _ format: PictureFormat) throws(CodecError) -> [UInt8] {
        switch format {
        case .jpeg(let quality): try ImageEncoder.encodeJPEG(picture, quality: quality)
        case .png: try ImageEncoder.encodePNG(picture)
        }
    }
}
