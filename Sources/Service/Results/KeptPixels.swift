import Codecs
import Pipeline
import Store
import Tensors

/// What of a frame's pixels goes into the store beside its result: the one place that decides.
struct KeptPixels: Sendable {
    var frame: NewResult.Blob?
    var picture: NewResult.Blob?

    /// - Parameters:
    ///   - contents: what the store keeps.
    ///   - picture: the annotated picture that the request asked for.
    init(
        _ contents: StoreConfiguration.Contents, frame input: FrameInput, sha256: String,
        picture: (bytes: [UInt8], format: PictureFormat)?
    ) {
        if contents == .frames {
            frame = NewResult.Blob(
                sha256: sha256, contentType: input.contentType ?? "application/octet-stream", bytes: input.bytes)
        }
        if contents != .results, let picture {
            self.picture = NewResult.Blob(
                sha256: SHA256.hex(of: picture.bytes), contentType: picture.format.contentType,
                bytes: ByteStorage(picture.bytes))
        }
    }
}
