package import Codecs
internal import Tensors

extension FrameInput {
    /// A frame from a file or, for `-`, from standard input.
    ///
    /// Bare raw bytes named `NAME.raw` take their description from `NAME.json` beside them; what `description` says wins.
    /// - Throws: `FileError`; `CodecError` when the description cannot be used.
    package static func file(
        _ path: String, description: RawDescription = RawDescription(), limits: DecodeLimits = .standard
    ) throws -> FrameInput {
        let bytes = try ByteStorage.reading(path: path, maximumByteCount: limits.maximumByteCount)
        var description = description
        var contentType: String?
        if path.lowercased().hasSuffix(".raw") {
            contentType = "application/octet-stream"
            if let side = sideFile(of: path), DirectoryListing.exists(side) {
                let json = try ByteStorage.reading(path: side, maximumByteCount: 1 << 20)
                description = try RawDescription(json: Array(json.bytes)).overridden(by: description)
            }
        }
        return FrameInput(bytes: bytes, contentType: contentType, description: description, source: path)
    }

    /// Where the description of bare raw bytes is looked for; `nil` for files that describe themselves.
    package static func sideFile(of path: String) -> String? {
        path.lowercased().hasSuffix(".raw") ? path.dropLast(4) + ".json" : nil
    }
}
