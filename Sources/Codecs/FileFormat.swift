/// A family of image files, told by its first bytes.
package enum FileFormat: String, Sendable, CaseIterable {
    case jpeg = "JPEG"
    case png = "PNG"
    /// TIFF and what is built on it: DNG.
    case tiff = "TIFF"
    /// Of a camera, and no TIFF: RAF, CR3, ORF, RW2, …
    case camera = "camera file"

    /// Bytes that ``recognise(_:)`` looks at.
    package static let prefixLength = 16

    /// The format whose magic number `bytes` begin with, `nil` when it is none read here.
    package static func recognise(_ bytes: UnsafeRawBufferPointer) -> FileFormat? {
        func begins(with magic: [UInt8]) -> Bool { bytes.count >= magic.count && bytes.starts(with: magic) }
        if begins(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        if begins(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if begins(with: [0x49, 0x49, 0x2A, 0x00]) || begins(with: [0x4D, 0x4D, 0x00, 0x2A]) { return .tiff }
        if CameraFile.recognise(bytes) { return .camera }
        return nil
    }
}

/// What a declared media type lets one expect.
enum DeclaredFormat: Equatable {
    /// Nothing declared, or `application/octet-stream`.
    case any(isOctetStream: Bool)
    case file(FileFormat)

    /// Many cameras' files are TIFF too: the bytes tell.
    private static let cameraTypes: Set<String> = [
        "image/x-canon-cr2", "image/x-canon-cr3", "image/x-canon-crw", "image/x-fuji-raf", "image/x-nikon-nef",
        "image/x-nikon-nrw", "image/x-olympus-orf", "image/x-panasonic-rw2", "image/x-pentax-pef",
        "image/x-samsung-srw",
        "image/x-sony-arw", "image/x-dcraw",
    ]

    /// - Throws: `CodecError.unsupported` for a media type that is not read here.
    init(contentType: String?) throws(CodecError) {
        guard let contentType else {
            self = .any(isOctetStream: false)
            return
        }
        let essence = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        switch essence {
        case "": self = .any(isOctetStream: false)
        case "application/octet-stream", "binary/octet-stream": self = .any(isOctetStream: true)
        case "image/jpeg", "image/jpg", "image/pjpeg": self = .file(.jpeg)
        case "image/png", "image/x-png": self = .file(.png)
        case _ where Self.cameraTypes.contains(essence): self = .any(isOctetStream: false)
        case "image/tiff", "image/dng", "image/x-dng", "image/x-adobe-dng", "image/adobe-dng": self = .file(.tiff)
        default:
            throw .unsupported(
                format: "frame", field: "Content-Type",
                detail: "\(essence.prefix(80)); send image/jpeg, image/png, image/tiff, image/x-adobe-dng "
                    + "or application/octet-stream")
        }
    }
}
