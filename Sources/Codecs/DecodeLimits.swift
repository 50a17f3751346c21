/// What a decoder accepts. Checked against headers before anything is allocated.
package struct DecodeLimits: Sendable, Equatable {
    /// Bytes of one encoded file.
    package var maximumByteCount: Int
    /// Extent of either axis in pixels.
    package var maximumDimension: Int
    /// Width times height.
    package var maximumPixelCount: Int

    package init(
        maximumByteCount: Int = 256 << 20, maximumDimension: Int = 32_768, maximumPixelCount: Int = 64 << 20
    ) {
        self.maximumByteCount = maximumByteCount
        self.maximumDimension = maximumDimension
        self.maximumPixelCount = maximumPixelCount
    }

    package static let standard = DecodeLimits()
}
