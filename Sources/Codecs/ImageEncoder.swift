internal import CCodecs
package import Imaging
internal import Tensors

/// Turns pictures into files.
package enum ImageEncoder {
    /// Encodes a baseline JPEG with chroma halved on both axes; 16-bit samples are rounded to 8.
    ///
    /// - Parameter quality: 1…100, libjpeg's scale.
    /// - Throws: `CodecError.argument` for a quality outside the range or a picture wider or higher than 65,500 pixels.
    package static func encodeJPEG(_ picture: Picture, quality: Int) throws(CodecError) -> [UInt8] {
        guard (1...100).contains(quality) else {
            throw .argument(field: "quality", detail: "is \(quality), but goes from 1 to 100")
        }
        guard picture.width <= 65_500, picture.height <= 65_500 else {
            throw .argument(
                field: "picture", detail: "is \(picture.width)×\(picture.height), but a JPEG holds at most 65500 pixels"
            )
        }
        let source = picture.format.bytesPerSample == 2 ? picture.narrowed() : picture
        var buffer = cc_buffer()
        let status = withExtendedLifetime(source) {
            cc_jpeg_encode(
                source.storage.base.assumingMemoryBound(to: UInt8.self), UInt32(source.width), UInt32(source.height),
                source.rowStride, Int32(source.format.channels), Int32(quality), 1, &buffer)
        }
        return try bytes(of: buffer, status, format: "JPEG")
    }

    /// Encodes a PNG of the picture's own depth and channels.
    ///
    /// - Parameter compressionLevel: zlib's, 0…9. Level 1 takes half the time of level 3 and 1 % more bytes.
    /// - Throws: `CodecError.argument` for a level outside the range.
    package static func encodePNG(_ picture: Picture, compressionLevel: Int = 1) throws(CodecError) -> [UInt8] {
        guard (0...9).contains(compressionLevel) else {
            throw .argument(field: "compressionLevel", detail: "is \(compressionLevel), but goes from 0 to 9")
        }
        var buffer = cc_buffer()
        let status = cc_png_encode(
            picture.storage.base.assumingMemoryBound(to: UInt8.self), UInt32(picture.width), UInt32(picture.height),
            picture.rowStride, Int32(picture.format.channels), Int32(8 * picture.format.bytesPerSample),
            Int32(compressionLevel), &buffer)
        return try bytes(of: buffer, status, format: "PNG")
    }

    private static func bytes(
        of buffer: cc_buffer, _ status: cc_status, format: String
    ) throws(CodecError) -> [UInt8] {
        defer { cc_buffer_free(buffer) }
        try status.check(format: format, limit: 0)
        return [UInt8](UnsafeBufferPointer(start: buffer.bytes, count: buffer.count))
    }
}

extension Picture {
    /// The picture with 16-bit samples rounded to 8 bits.
    fileprivate func narrowed() -> Picture {
        let result = Picture(width: width, height: height, format: format == .gray16 ? .gray8 : .rgb8)
        let count = width * format.channels
        for y in 0..<height {
            let source = row(y)
            let target = result.row(y)
            for index in 0..<count {
                let sample = UInt32(source.load(fromByteOffset: 2 * index, as: UInt16.self))
                target.storeBytes(of: UInt8((sample * 255 + 32_767) / 65_535), toByteOffset: index, as: UInt8.self)
            }
        }
        return result
    }
}
