internal import CCodecs
package import Imaging
package import Tensors

/// Decodes JPEG through libjpeg-turbo: baseline, progressive and arithmetic-coded, 8 bits, grey, YCbCr, RGB and CMYK.
package enum JPEGDecoder {
    /// Scans of a progressive file; ordinary encoders write ten.
    private static let maximumScans: Int32 = 500

    /// Decodes to grey or RGB as stored, with the EXIF orientation beside it. Data that is cut off or corrupt is an
    /// error: nothing is filled in.
    ///
    /// - Parameter scaleDenominator: 1, 2, 4 or 8: the picture is made that much smaller in the DCT domain, which costs
    ///   less than decoding it whole. Sizes round up.
    package static func decode(
        _ bytes: ByteStorage, scaleDenominator: Int = 1, limits: DecodeLimits = .standard
    ) throws(CodecError) -> (picture: Picture, orientation: Orientation) {
        guard [1, 2, 4, 8].contains(scaleDenominator) else {
            throw .argument(field: "scaleDenominator", detail: "is \(scaleDenominator), but must be 1, 2, 4 or 8")
        }
        let source = bytes.base.assumingMemoryBound(to: UInt8.self)
        var info = cc_jpeg_info()
        try cc_jpeg_read_header(source, bytes.byteCount, 1, &info).check(format: "JPEG", limit: 0)
        try limits.check(width: Int(info.width), height: Int(info.height), format: "JPEG")
        if scaleDenominator != 1 {
            try cc_jpeg_read_header(source, bytes.byteCount, Int32(scaleDenominator), &info)
                .check(format: "JPEG", limit: 0)
        }
        let format = info.channels == 1 ? Picture.Format.gray8 : .rgb8
        let picture = Picture(undefinedPixelsOfWidth: Int(info.width), height: Int(info.height), format: format)
        try cc_jpeg_decode(
            source, bytes.byteCount, Int32(scaleDenominator), maximumScans, &info,
            picture.storage.base.assumingMemoryBound(to: UInt8.self), picture.rowStride
        ).check(format: "JPEG", limit: Int(maximumScans))
        return (picture, EXIFOrientation.inJPEG(bytes.bytes))
    }
}

extension Picture {
    /// A picture whose pixels hold anything until a decoder has written every one. Pages are not touched, so that a
    /// header that promises more than the file holds costs nothing.
    init(undefinedPixelsOfWidth width: Int, height: Int, format: Format) {
        let rowStride = width * format.bytesPerPixel
        self.init(
            width: width, height: height, format: format, rowStride: rowStride,
            storage: ByteStorage(byteCount: rowStride * height, zeroed: false))
    }
}
