internal import Imaging
package import Tensors

/// Turns the bytes of one frame into samples or pixels, whatever format they are in.
package enum ImageDecoder {
    /// Decodes a JPEG, PNG, TIFF, DNG or a camera's file, told by its first bytes, or bare raw samples as `description` has
    /// them. Camera files (CR2, NEF, ARW, RAF, …) need LibRaw, which is looked for when the first one comes.
    ///
    /// - A grey PNG is a raw mosaic when `description.pixelFormat` is given, else a picture.
    /// - What `description` says beside the file overrides the file's own black level, white level, gains, orientation
    ///   and so on; its size and pixel format must agree with the file.
    /// - `application/octet-stream` with a description of width, height and pixel format is bare raw, whatever the
    ///   bytes begin with.
    /// - Bare raw, and DNG with uncompressed 8-bit or little-endian 16-bit samples, is not copied: the frame shares
    ///   `bytes`.
    ///
    /// - Throws: `CodecError.unrecognised` when nothing tells the format, `argument` when `contentType` or `description`
    ///   contradicts the bytes, and the decoders' own errors.
    package static func decode(
        _ bytes: ByteStorage, contentType: String? = nil, description: RawDescription = RawDescription(),
        limits: DecodeLimits = .standard
    ) throws(CodecError) -> SourceImage {
        guard bytes.byteCount <= limits.maximumByteCount else {
            throw .limitExceeded(
                format: "frame", field: "bytes", limit: limits.maximumByteCount, value: bytes.byteCount)
        }
        let declared = try DeclaredFormat(contentType: contentType)
        if declared == .any(isOctetStream: true), description.describesBareRaw {
            return .raw(try description.frame(over: bytes, limits: limits))
        }
        guard let format = FileFormat.recognise(bytes.bytes) else {
            if case .file(let expected) = declared {
                throw .argument(
                    field: "Content-Type", detail: "is \(contentType ?? ""), but the bytes are no \(expected.rawValue)")
            }
            if description.isEmpty {
                throw .unrecognised(
                    detail: bytes.byteCount == 0
                        ? "the frame is empty"
                        : "the bytes are no JPEG, PNG, TIFF or DNG; bare raw needs width, height and pixelFormat")
            }
            return .raw(try description.frame(over: bytes, limits: limits))
        }
        if case .file(let expected) = declared, expected != format {
            throw .argument(
                field: "Content-Type", detail: "is \(contentType ?? ""), but the bytes are \(format.rawValue)")
        }
        return switch format {
        case .jpeg: try description.applying(to: JPEGDecoder.decode(bytes, limits: limits), format: "JPEG")
        case .png: try PNGDecoder.decode(bytes, description: description, limits: limits)
        case .camera:
            .raw(try description.applying(to: CameraFile.decode(bytes, limits: limits), format: format.rawValue))
        case .tiff: try TIFFDecoder.decode(bytes, description: description, limits: limits)
        }
    }
}
