import HTTPTypes
import Hummingbird
import Vision

/// The page at `/`, and the API's description.
enum PageRoutes {
    static func add(to table: RouteTable, _ state: ServiceState) {
        table.get("/") { _, _ in
            Response(
                status: .ok,
                headers: [
                    .contentType: "text/html; charset=utf-8", .cacheControl: "no-cache",
                    .contentSecurityPolicy:
                        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                        + "connect-src 'self'; img-src 'self' blob:",
                ],
                body: ResponseBody(byteBuffer: ByteBuffer(string: IndexPage.html)))
        }
        table.get("/openapi.json") { _, _ in
            JSONBody.response(
                buffer: ByteBuffer(string: OpenAPIDocument.json(version: state.build.version)),
                cacheControl: "no-cache")
        }
        table.get("/favicon.ico") { _, _ in Response(status: .noContent, headers: [.cacheControl: "max-age=86400"]) }
    }
}
