internal import CCodecs
internal import Imaging
package import Tensors

/// Decodes PNG through libpng: every colour type and depth, interlaced or not. Alpha is dropped, not composited; depths
/// below 8 become 8.
package enum PNGDecoder {
    /// Decodes to a picture, or to a raw mosaic when `description` gives a pixel format.
    ///
    /// The samples of a mosaic are taken as they are, low-aligned: the PNG must be plain grey, of 8 bits for an 8-bit
    /// format, else of 16 bits with no sample above the format's maximum.
    package static func decode(
        _ bytes: ByteStorage, description: RawDescription = RawDescription(), limits: DecodeLimits = .standard
    ) throws(CodecError) -> SourceImage {
        let source = bytes.base.assumingMemoryBound(to: UInt8.self)
        var info = cc_png_info()
        try cc_png_read_header(source, bytes.byteCount, &info).check(format: "PNG", limit: 0)
        try limits.check(width: Int(info.width), height: Int(info.height), format: "PNG")
        if let format = description.pixelFormat { try checkMosaic(info, format) }

        let format: Picture.Format =
            switch (info.channels, info.bit_depth) {
            case (1, 8): .gray8
            case (1, _): .gray16
            case (_, 8): .rgb8
            default: .rgb16
            }
        let picture = Picture(undefinedPixelsOfWidth: Int(info.width), height: Int(info.height), format: format)
        try cc_png_decode(
            source, bytes.byteCount, &info, picture.storage.base.assumingMemoryBound(to: UInt8.self), picture.rowStride
        ).check(format: "PNG", limit: 0)

        guard let pixelFormat = description.pixelFormat else {
            let orientation = EXIFOrientation.inPNG(bytes.bytes)
            return try description.applying(to: (picture, orientation), format: "PNG")
        }
        try checkSamples(of: picture, pixelFormat)
        let frame = RawFrame(
            width: picture.width, height: picture.height, pixelFormat: pixelFormat, storage: picture.storage)
        return .raw(try description.applying(to: frame, format: "PNG"))
    }

    private static func checkMosaic(_ info: cc_png_info, _ format: PixelFormat) throws(CodecError) {
        func contradiction(_ detail: String) -> CodecError {
            .argument(field: "pixelFormat", detail: "is \(format.name), but \(detail)")
        }
        guard format.isDefined else { throw .argument(field: "pixelFormat", detail: "there is no such format") }
        guard format.packing == .unpacked else { throw contradiction("the samples of a PNG are not packed") }
        guard info.is_plain_gray != 0 else { throw contradiction("the PNG is not plain grey") }
        let needed = format.bitDepth == 8 ? 8 : 16
        guard Int(info.stored_bit_depth) == needed else {
            throw contradiction("the PNG has \(info.stored_bit_depth) bits a sample instead of \(needed)")
        }
    }

    private static func checkSamples(of picture: Picture, _ format: PixelFormat) throws(CodecError) {
        let maximum = UInt16(format.maximumSample)
        guard picture.format == .gray16, maximum < UInt16.max else { return }
        for y in 0..<picture.height {
            let row = UnsafeBufferPointer(
                start: picture.row(y).assumingMemoryBound(to: UInt16.self), count: picture.width)
            // OR-ing all samples is a vector loop; only a row that fails is searched.
            guard row.reduce(0, |) > maximum, let x = row.firstIndex(where: { $0 > maximum }) else { continue }
            throw .argument(
                field: "pixelFormat",
                detail:
                    "is \(format.name) with samples up to \(maximum), but the PNG has \(row[x]) at row \(y), column \(x)"
            )
        }
    }
}
