import Codecs
import Pipeline
import Store
import Tensors

/// What of a frame's pixels goes into the store beside its result: the one place that decides. It takes only what a level of privacy
/// has let go.
struct KeptPixels: Sendable {
    var frame: NewResult.Blob?
    var picture: NewResult.Blob?

    /// - Parameters:
    ///   - contents: what the store keeps.
    ///   - released: the frame, where its level lets it be kept.
    ///   - picture: the annotated picture that the request asked for.
    init(
        _ contents: StoreConfiguration.Contents, frame released: ReleasedFrame?, sha256: String,
        picture: EncodedPicture?
    ) {
        if contents == .frames, let input = released?.input {
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
