import HTTPTypes
import Hummingbird
import Tensors

/// The page at `/` and what it loads: files of this folder, built into the program.
enum WebConsole {
    struct Asset: Sendable {
        var path: String
        var contentType: String
        var body: ByteBuffer
        /// Changes with the content only, so that a browser keeps what it has until the program changes.
        var entityTag: String

        init(_ path: String, _ contentType: String, _ bytes: [UInt8]) {
            self.path = path
            self.contentType = contentType
            body = ByteBuffer(bytes: bytes)
            entityTag = "\"\(bytes.withUnsafeBytes { SHA256.hex(of: $0) }.prefix(32))\""
        }
    }

    static let assets: [Asset] = [
        Asset("/", "text/html; charset=utf-8", PackageResources.index_html),
        Asset("/web/style.css", "text/css; charset=utf-8", PackageResources.style_css),
        Asset("/web/icon.svg", "image/svg+xml", PackageResources.icon_svg),
        script("app", PackageResources.app_js), script("charts", PackageResources.charts_js),
        script("dom", PackageResources.dom_js), script("keys", PackageResources.keys_js),
        script("metrics", PackageResources.metrics_js),
        script("models", PackageResources.models_js), script("multipart", PackageResources.multipart_js),
        script("region", PackageResources.region_js), script("results", PackageResources.results_js),
        script("sensors", PackageResources.sensors_js),
        script("try", PackageResources.try_js),
    ]

    /// Everything comes from this service; no inline code, so that text from a frame or a sensor can never become any.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    static func add(to table: RouteTable) {
        for asset in assets {
            table.get(asset.path) { request, _ in
                let headers: HTTPFields = [
                    .contentType: asset.contentType, .cacheControl: "no-cache", .eTag: asset.entityTag,
                    .contentSecurityPolicy: policy,
                ]
                if request.headers[.ifNoneMatch] == asset.entityTag {
                    return Response(status: .notModified, headers: headers)
                }
                return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: asset.body))
            }
        }
        // For browsers that ask without having read the page.
        table.get("/favicon.ico") { _, _ in
            Response(status: .permanentRedirect, headers: [.location: "/web/icon.svg"])
        }
    }

    private static func script(_ name: String, _ bytes: [UInt8]) -> Asset {
        Asset("/web/\(name).js", "text/javascript; charset=utf-8", bytes)
    }
}
