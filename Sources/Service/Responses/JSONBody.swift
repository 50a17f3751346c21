import HTTPTypes
import Hummingbird
import NIOCore
import StrictJSON
import Vision

enum JSONBody {
    /// One line of JSON with sorted keys.
    static func encode(_ value: some Encodable) throws -> ByteBuffer {
        ByteBuffer(bytes: try JSONText.line(value))
    }

    /// A result in the one form that every way out of the program gives it.
    static func encode(_ result: FrameResult) -> ByteBuffer { ByteBuffer(bytes: result.json()) }

    static func response(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, cacheControl: String = "no-store"
    ) throws -> Response {
        response(buffer: try encode(value), status: status, cacheControl: cacheControl)
    }

    static func response(
        buffer: ByteBuffer, status: HTTPResponse.Status = .ok, cacheControl: String = "no-store"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: cacheControl],
            body: ResponseBody(byteBuffer: buffer))
    }
}
