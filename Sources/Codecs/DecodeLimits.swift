/// What a decoder accepts. Checked against headers before anything is allocated.
package struct DecodeLimits: Sendable {
    /// Bytes of one encoded file.
    package var maximumByteCount: Int
    /// Extent of either axis in pixels.
    package var maximumDimension: Int
    /// Width times height.
    package var maximumPixelCount: Int
    /// Whether files of cameras go to LibRaw, a large parser that is not ours: a service that strangers reach says no.
    package var readsCameraFiles = true
    /// Asked with a frame's number of pixels before they are allocated; throws to refuse, may wait.
    package var admit: @Sendable (_ pixelCount: Int) throws(CodecError) -> Void = { (_) throws(CodecError) in }

    package init(
        maximumByteCount: Int = 256 << 20, maximumDimension: Int = 32_768, maximumPixelCount: Int = 64 << 20
    ) {
        self.maximumByteCount = maximumByteCount
        self.maximumDimension = maximumDimension
        self.maximumPixelCount = maximumPixelCount
    }

    package static let standard = DecodeLimits()
}

extension DecodeLimits: Equatable {
    package static func == (a: Self, b: Self) -> Bool {
        a.maximumByteCount == b.maximumByteCount && a.maximumDimension == b.maximumDimension
            && a.maximumPixelCount == b.maximumPixelCount && a.readsCameraFiles == b.readsCameraFiles
    }
}
