import Codecs
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Pipeline
import Tensors
import Vision

/// A frame and what to do with it, read from a request: bytes as the body, or a form with the bytes as a file.
struct FrameRequest: Sendable {
    var input: FrameInput
    var options: RequestOptions
    /// What the sensor itself says of the frame.
    var sensorResult: FrameResult?

    /// Checks the request's header, then reads its body.
    ///
    /// - Throws: ``Problem`` or `CodecError` for whatever the client got wrong.
    static func read(
        _ request: Request, context: ServiceContext, reader: BodyReader, known: Set<RequestOptions.Name>,
        sensor: String? = nil, onDescription: (RawDescription) -> Void = { _ in }
    ) async throws -> FrameRequest {
        var options = RequestOptions()
        for (name, value) in try QueryItems(request.uri.query).items {
            try options.set(name, to: value, known: known)
        }
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw Problem(
                .unsupportedMediaType, "unsupported-encoding", "bodies are taken as they are, not as '\(encoding)'",
                field: "Content-Encoding")
        }
        let description = try RawDescription(headers: request.headers)
        onDescription(description)
        let kind = try BodyKind(request.headers[.contentType])
        let body = try await reader.read(request, context: context)
        guard body.byteCount > 0 else {
            throw Problem.malformed("the body is empty; it should be a frame", field: "body")
        }
        try ContentDigest(headers: request.headers)?.check(body.bytes)
        switch kind {
        case .frame(let contentType):
            let input = FrameInput(
                bytes: body.whole, contentType: contentType, description: description, sensor: sensor)
            return FrameRequest(input, options)
        case .form(let boundary):
            let form = try MultipartForm(body.bytes, boundary: boundary)
            return try FrameRequest(
                form, of: body, options: options, description: description, known: known, sensor: sensor)
        }
    }

    init(_ input: FrameInput, _ options: RequestOptions) {
        self.input = input
        self.options = options
    }

    private init(
        _ form: MultipartForm, of body: CollectedBody, options: RequestOptions, description: RawDescription,
        known: Set<RequestOptions.Name>, sensor: String?
    ) throws {
        var options = options
        var description = description
        var file: MultipartForm.Part?
        for part in form.parts {
            if part.name == SensorResultBody.partName, sensor != nil {
                guard sensorResult == nil else {
                    throw Problem.malformed("the form has more than one sensor-result", field: part.name)
                }
                let bytes = UnsafeRawBufferPointer(rebasing: body.bytes[part.range])
                sensorResult = try FrameResult(sensorJSON: bytes)
            } else if part.name == "description" {
                try description.merge(json: UnsafeRawBufferPointer(rebasing: body.bytes[part.range]))
            } else if part.filename != nil || part.name == "file" || part.name == "image" {
                guard file == nil else { throw Problem.malformed("the form has more than one file", field: "body") }
                file = part
            } else {
                guard part.range.count <= 64 << 10 else {
                    throw Problem.tooMany(
                        "form field \(part.name.prefix(64))", limit: 64 << 10, value: part.range.count)
                }
                let value = String(validating: body.bytes[part.range], as: UTF8.self)
                guard let value else { throw Problem.badOption(part.name, "not UTF-8") }
                try options.set(part.name, to: value, known: known)
            }
        }
        guard let file else {
            throw Problem.malformed("the form has no file; send one as 'file'", field: "body")
        }
        guard !file.range.isEmpty else { throw Problem.malformed("the file is empty", field: file.name) }
        guard case .frame(let contentType) = try BodyKind(file.contentType) else {
            throw Problem.unsupportedMediaType("the file is itself a form")
        }
        input = FrameInput(
            bytes: body.part(file.range), contentType: contentType, description: description,
            source: file.filename.flatMap(Self.printable), sensor: sensor)
        self.options = options
    }

    /// A file name fit for results and logs: its last part, without control characters, at most 255 of them.
    private static func printable(_ name: String) -> String? {
        let last = name.split { $0 == "/" || $0 == "\\" }.last ?? ""
        let clean = String(
            String.UnicodeScalarView(last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
        return clean.isEmpty ? nil : String(clean.prefix(255))
    }
}

/// What the Content-Type says of a body.
enum BodyKind: Equatable {
    /// An encoded or raw frame; without a type the bytes themselves tell.
    case frame(contentType: String?)
    case form(boundary: String)

    static let frameTypes = [
        "image/jpeg", "image/png", "image/x-adobe-dng", "image/dng", "image/tiff", "application/octet-stream",
    ]

    /// - Throws: 415 naming the types that are taken.
    init(_ header: String?) throws(Problem) {
        guard let header, !header.isEmpty else {
            self = .frame(contentType: nil)
            return
        }
        let element = try HeaderElement.single(header, field: "Content-Type")
        switch element.value {
        case "multipart/form-data":
            guard let boundary = element.parameters["boundary"] else {
                throw .malformed("multipart/form-data without a boundary", field: "Content-Type")
            }
            self = .form(boundary: boundary)
        case "image/jpg", "image/pjpeg": self = .frame(contentType: "image/jpeg")
        case "image/dng": self = .frame(contentType: "image/x-adobe-dng")
        // What curl's --data-binary says when not told otherwise.
        case "application/x-www-form-urlencoded": self = .frame(contentType: nil)
        case let type where Self.frameTypes.contains(type): self = .frame(contentType: type)
        default:
            let known = (Self.frameTypes + ["multipart/form-data"]).joined(separator: ", ")
            throw .unsupportedMediaType("'\(element.value.prefix(64))' is not taken here; there are: \(known)")
        }
    }
}
