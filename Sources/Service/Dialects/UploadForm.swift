import Codecs
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Pipeline

/// A form with one picture and text fields beside it, as clients of other servers send it.
struct UploadForm: Sendable {
    /// `nil` when the form has no picture.
    var input: FrameInput?
    var fields: [String: String] = [:]

    /// Bytes of one field that is no file.
    static let maximumFieldBytes = 64 << 10

    /// - Throws: ``Problem`` for a body that is no form, or breaks a limit.
    static func read(_ request: Request, context: ServiceContext, reader: BodyReader) async throws -> UploadForm {
        // Clients without a picture post empty forms, or nothing at all.
        let text = request.headers[.contentType] ?? "application/x-www-form-urlencoded"
        let element = try HeaderElement.single(text, field: "Content-Type")
        let body = try await reader.read(request, context: context)
        guard element.value == "multipart/form-data" else { return UploadForm() }
        guard let boundary = element.parameters["boundary"] else {
            throw Problem.malformed("multipart/form-data without a boundary", field: "Content-Type")
        }
        var form = UploadForm()
        for part in try MultipartForm(body.bytes, boundary: boundary).parts {
            if part.filename != nil || part.name == "image" {
                guard form.input == nil else {
                    throw Problem.malformed("the form has more than one file", field: "body")
                }
                // The file's own type is often wrong in such forms; the bytes tell.
                form.input = FrameInput(bytes: body.part(part.range), source: part.filename)
                continue
            }
            guard part.range.count <= maximumFieldBytes else {
                throw Problem.tooMany(
                    "form field \(part.name.prefix(64))", limit: maximumFieldBytes, value: part.range.count)
            }
            guard let value = String(validating: body.bytes[part.range], as: UTF8.self) else {
                throw Problem.badOption(part.name, "not UTF-8")
            }
            form.fields[part.name] = value
        }
        return form
    }
}
