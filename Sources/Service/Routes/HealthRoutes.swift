import HTTPTypes
import Hummingbird
import Pipeline
import ServiceLifecycle
import Vision

/// Probes, metadata and metrics.
enum HealthRoutes {
    private struct Live: Encodable {
        var live = true
    }

    private struct Ready: Encodable {
        var ready: Bool
    }

    private struct Metadata: Encodable {

        var name = "fovea"
        var version: String
        /// Extensions of the Open Inference Protocol.
        var extensions: [String]
        var isa: String
        /// Whether there is a `/v1/results`.
        var storesResults: Bool
        /// Whether there is a `/v1/keys` for whoever asks.
        var listsKeys: Bool
        var limits: PublishedLimits
    }

    static let protocolExtensions = [
        "binary_tensor_data", "classification", "model_configuration", "model_repository", "parameters",
        "schedule_policy", "statistics",
    ]

    static func add(to table: RouteTable, _ state: ServiceState) {
        for path in ["/v2/health/live", "/livez", "/healthz"] {
            table.get(path) { _, _ in try JSONBody.response(Live()) }
        }
        for path in ["/v2/health/ready", "/readyz"] {
            table.get(path) { _, _ in
                let ready = !Task.isShuttingDownGracefully && !state.analyzer.models.isEmpty
                return try JSONBody.response(Ready(ready: ready), status: ready ? .ok : .serviceUnavailable)
            }
        }
        table.get("/v2") { _, context in
            try JSONBody.response(
                Metadata(
                    version: state.build.version, extensions: state.pipeline == nil ? [] : protocolExtensions,
                    isa: state.build.isa, storesResults: state.store != nil,
                    listsKeys: state.access?.listing != nil && context.caller?.scopes.contains(.manage) == true,
                    limits: PublishedLimits(state)))
        }
        table.get("/metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: state.metrics.registry.render())))
        }
    }
}
