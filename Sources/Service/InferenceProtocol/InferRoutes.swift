import Codecs
import HTTPTypes
import Hummingbird
import NIOCore
import Pipeline
import Tensors

/// `POST /v2/models/{model}[/versions/{version}]/infer`: tensors in, tensors out.
struct InferRoutes: Sendable {
    private let pipeline: FramePipeline
    private let state: ServiceState

    /// Bodies up to this size are read and written where the request is handled: going to another thread would take longer.
    private static let shortBody = 16 << 10

    static func add(to table: RouteTable, _ state: ServiceState, _ pipeline: FramePipeline) {
        let routes = InferRoutes(pipeline: pipeline, state: state)
        for path in ["/v2/models/:model/infer", "/v2/models/:model/versions/:version/infer"] {
            table.protocolPost(path) { request, context in try await routes.infer(request, context) }
        }
    }

    private init(pipeline: FramePipeline, state: ServiceState) {
        self.pipeline = pipeline
        self.state = state
    }

    private func infer(_ request: Request, _ context: ServiceContext) async throws -> Response {
        try state.configuration.privacy.requireTensors(for: context.caller?.id)
        let model = try ModelParameter.model(context, pipeline.library)
        let coding = try ContentCoding.ofRequest(request.headers)
        let answerCoding = try ContentCoding.accepted(request.headers)
        let collected = try await state.reader.read(request, context: context)
        let headerLength = request.headers[.inferenceHeaderLength]
        return try await context.cancellingOnDisconnect {
            var storage = collected.whole
            if let coding { storage = try await decompress(collected, coding) }
            let body = try InferBody(storage, headerLength: headerLength)
            let (request, tensors) = try await near(body.storage.byteCount) { try body.request(for: model) }
            let answer = try await pipeline.infer(tensors, by: model)
            try await state.keep(tensors, answer)
            let byteCount = answer.outputs.reduce(0) { $0 + $1.tensor.byteCount }
            return try await near(byteCount) {
                try Self.response(InferResponse(answer, to: request), compression: answerCoding)
            }
        }
    }

    private func decompress(_ body: CollectedBody, _ coding: Compression) async throws -> ByteStorage {
        let reader = state.reader
        return try await pipeline.pool.run { try reader.decompressed(body, coding) }
    }

    /// Runs short work here and long work on the compute threads.
    private func near<Value: Sendable>(
        _ byteCount: Int, _ work: @escaping @Sendable () throws -> sending Value
    ) async throws -> Value {
        if byteCount <= Self.shortBody { return try work() }
        return try await pipeline.pool.run(isUrgent: true, work)
    }

    private static func response(_ answer: InferResponse, compression: Compression?) throws -> Response {
        var headers: HTTPFields = [
            .contentType: answer.headerLength == nil ? "application/json" : "application/octet-stream",
            .cacheControl: "no-store", .vary: "Accept-Encoding",
        ]
        if let length = answer.headerLength { headers[.inferenceHeaderLength] = "\(length)" }
        var body = answer.body
        if let compression {
            headers[.contentEncoding] = compression.rawValue
            let compressed = try body.withUnsafeReadableBytes { try compression.compress($0, level: 1) }
            body = ByteBuffer(bytes: compressed.bytes)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}

/// The model that a route's path names.
enum ModelParameter {
    static func name(_ context: ServiceContext) throws -> String {
        guard let name = try context.parameters.require("model").percentDecoded(plusIsSpace: false) else {
            throw Problem.malformed("the model's name is not percent-encoded UTF-8", field: "model")
        }
        return name
    }

    static func model(_ context: ServiceContext, _ library: ModelLibrary) throws -> LoadedModel {
        let version = context.parameters.get("version").flatMap { $0.percentDecoded(plusIsSpace: false) }
        return try library.model(named: try name(context), version: version)
    }
}

extension HTTPField.Name {
    static let inferenceHeaderLength = named("Inference-Header-Content-Length")

    private static func named(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("not a header name") }
        return name
    }
}
