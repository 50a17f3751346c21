import HTTPTypes
import Hummingbird
import NIOCore

/// Result and picture in one answer: `multipart/mixed` (RFC 2046 section 5.1.3), the JSON first.
enum MultipartMixed {
    static func response(json: ByteBuffer, picture: [UInt8], pictureType: String) -> Response {
        // A picture may hold any bytes; 128 random bits keep the boundary out of it.
        let boundary =
            "fovea-" + String(UInt64.random(in: 0 ... .max), radix: 36)
            + String(UInt64.random(in: 0 ... .max), radix: 36)
        var body = ByteBufferAllocator().buffer(capacity: json.readableBytes + picture.count + 512)
        body.writeString("--\(boundary)\r\nContent-Type: application/json\r\n")
        body.writeString("Content-Length: \(json.readableBytes)\r\n\r\n")
        body.writeImmutableBuffer(json)
        body.writeString("\r\n--\(boundary)\r\nContent-Type: \(pictureType)\r\n")
        body.writeString("Content-Length: \(picture.count)\r\n\r\n")
        body.writeBytes(picture)
        body.writeString("\r\n--\(boundary)--\r\n")
        return Response(
            status: .ok, headers: [.contentType: "multipart/mixed; boundary=\(boundary)", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: body))
    }
}
