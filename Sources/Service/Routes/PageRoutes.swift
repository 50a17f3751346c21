import HTTPTypes
import Hummingbird
import ISP
import Vision

/// The page at `/`, and the API's description.
enum PageRoutes {
    static func add(to table: RouteTable, _ state: ServiceState) {
        WebConsole.add(to: table)
        table.get("/openapi.json") { _, _ in
            JSONBody.response(
                buffer: ByteBuffer(
                    string: OpenAPIDocument.json(version: state.build.version, servesTensors: state.pipeline != nil)),
                cacheControl: "no-cache")
        }
        table.get("/isp-profile.schema.json") { _, _ in
            JSONBody.response(buffer: ByteBuffer(string: ISPProfile.jsonSchemaText), cacheControl: "no-cache")
        }
    }
}
