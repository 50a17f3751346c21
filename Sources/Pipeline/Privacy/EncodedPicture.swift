package import Vision

/// The bytes of a picture that may leave at `level`, and may be kept where that level may. Made from a ``ReleasedPicture`` only.
package struct EncodedPicture: Sendable {
    package let bytes: [UInt8]
    package let format: PictureFormat
    /// `masked` or `full`.
    package let level: PrivacyLevel

    init(bytes: [UInt8], format: PictureFormat, level: PrivacyLevel) {
        self.bytes = bytes
        self.format = format
        self.level = level
    }
}

/// A frame's own bytes where they may be kept: at the level `full` only.
package struct ReleasedFrame: Sendable {
    package let input: FrameInput

    /// `nil` when `level` does not allow the frame itself to be kept.
    package init?(_ input: FrameInput, at level: PrivacyLevel) {
        guard level == .full else { return nil }
        self.input = input
    }
}
