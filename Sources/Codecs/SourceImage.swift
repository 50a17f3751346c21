package import Imaging

/// What a file turned out to hold: an undeveloped sensor frame, or a finished picture.
package enum SourceImage: Sendable {
    case raw(RawFrame)
    /// Stored as in the file; `orientation` (EXIF) says how to turn it upright.
    case picture(Picture, orientation: Orientation)
}
