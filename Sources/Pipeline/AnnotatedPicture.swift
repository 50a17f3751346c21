internal import Codecs
internal import Imaging
internal import Vision

/// The picture path: the full picture with the answer drawn into it, encoded.
enum AnnotatedPicture {
    static func encode(
        view: ModelView, result: FrameResult, format: PictureFormat, pool: ComputePool, clock: inout StageClock,
        isCancelled: @Sendable () -> Bool
    ) throws -> [UInt8] {
        let picture = try view.fullPicture(pool: pool, clock: &clock, isCancelled: isCancelled)
        let annotated = clock.measure("draw") {
            Annotator().annotated(
                picture, detections: result.detections ?? [], classifications: result.classifications ?? [])
        }
        return try clock.measure("encode") { () throws(CodecError) in
            switch format {
            case .jpeg(let quality): try ImageEncoder.encodeJPEG(annotated, quality: quality)
            case .png: try ImageEncoder.encodePNG(annotated)
            }
        }
    }
}
