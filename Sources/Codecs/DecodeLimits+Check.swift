extension DecodeLimits {
    /// Throws unless a picture of `width` × `height` is at least one pixel, within the limits, and admitted.
    func check(width: Int, height: Int, format: String) throws(CodecError) {
        for (field, value) in [("width", width), ("height", height)] {
            guard value > 0 else {
                throw .malformed(format: format, field: field, detail: "is \(value)")
            }
            guard value <= maximumDimension else {
                throw .limitExceeded(format: format, field: field, limit: maximumDimension, value: value)
            }
        }
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow, pixels <= maximumPixelCount else {
            throw .limitExceeded(
                format: format, field: "width × height", limit: maximumPixelCount, value: overflow ? .max : pixels)
        }
        try admit(pixels)
    }
}
