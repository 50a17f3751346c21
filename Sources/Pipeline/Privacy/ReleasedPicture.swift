internal import Codecs
package import Imaging
internal import Vision

/// Leave to let pixels out. There is none at the levels `metadata` and `tensor`.
package enum PixelPermit: Sendable {
    /// After this mask.
    case masked(PixelMask)
    /// As they are.
    case full
}

/// How a picture is masked before it leaves: made by the pipeline only.
package struct PixelMask: Sendable {
    let mask: Mask
}

/// A picture that may leave: the only kind that the pipeline encodes.
///
/// There is no way to one but through a ``PixelPermit``, and with `masked` the making itself hides what is to be hidden.
package struct ReleasedPicture: Sendable {
    private let picture: Picture
    /// How many places were made unrecognisable; `nil` for a picture let out as it is.
    let places: Int?

    /// A picture let out as it is; `nil` without leave for that.
    package init?(whole picture: Picture, under permit: PixelPermit) {
        guard case .full = permit else { return nil }
        self.picture = picture
        places = nil
    }

    /// - Parameter known: things found in the picture before, in its pixels.
    /// - Throws: `VisionError`, `GraphError` when the mask could not be made: then there is no picture.
    init(
        _ picture: Picture, under permit: PixelPermit, known: [FrameResult.Detection], clock: inout StageClock,
        isCancelled: @Sendable () -> Bool
    ) throws {
        switch permit {
        case .full: (self.picture, places) = (picture, nil)
        case .masked(let pixelMask):
            let hidden = try pixelMask.mask.hiding(in: picture, known: known, clock: &clock, isCancelled: isCancelled)
            (self.picture, places) = (hidden.picture, hidden.places)
        }
    }

    private init(_ picture: Picture, places: Int?) {
        self.picture = picture
        self.places = places
    }

    var width: Int { picture.width }
    var height: Int { picture.height }

    func cropped(to rect: PixelRect) -> ReleasedPicture {
        ReleasedPicture(picture.cropped(to: rect), places: places)
    }

    /// With the answer drawn on it.
    func annotated(
        detections: [FrameResult.Detection], classifications: [FrameResult.Classification],
        segmentation: FrameResult.Segmentation?
    ) -> ReleasedPicture {
        ReleasedPicture(
            Annotator().annotated(
                picture, detections: detections, classifications: classifications, segmentation: segmentation),
            places: places)
    }

    /// - Throws: `CodecError`.
    package func encoded(as format: PictureFormat) throws -> EncodedPicture {
        let bytes: [UInt8]
        switch format {
        case .jpeg(let quality): bytes = try ImageEncoder.encodeJPEG(picture, quality: quality)
        case .png: bytes = try ImageEncoder.encodePNG(picture)
        }
        return EncodedPicture(bytes: bytes, format: format, level: places == nil ? .full : .masked)
    }
}
