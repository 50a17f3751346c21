import GRPCCore
import HTTPTypes
import OpenInference
import Pipeline
import SwiftProtobuf
import Vision

/// The calls of the Open Inference Protocol over gRPC. Each does what its HTTP route does.
struct InferenceService: Inference_GRPCInferenceService.SimpleServiceProtocol {
    let pipeline: FramePipeline
    let state: ServiceState

    private var library: ModelLibrary { pipeline.library }

    func serverLive(
        request: Inference_ServerLiveRequest, context: ServerContext
    ) async throws -> Inference_ServerLiveResponse {
        .with { $0.live = true }
    }

    func serverReady(
        request: Inference_ServerReadyRequest, context: ServerContext
    ) async throws -> Inference_ServerReadyResponse {
        .with { $0.ready = !library.current.isEmpty }
    }

    func modelReady(
        request: Inference_ModelReadyRequest, context: ServerContext
    ) async throws -> Inference_ModelReadyResponse {
        let model = try? model(request.name, request.version)
        return .with { $0.ready = model != nil }
    }

    func serverMetadata(
        request: Inference_ServerMetadataRequest, context: ServerContext
    ) async throws -> Inference_ServerMetadataResponse {
        .with {
            $0.name = "fovea"
            $0.version = state.build.version
            $0.extensions = HealthRoutes.protocolExtensions
        }
    }

    func modelMetadata(
        request: Inference_ModelMetadataRequest, context: ServerContext
    ) async throws -> Inference_ModelMetadataResponse {
        let model = try model(request.name, request.version)
        let versions = request.version.isEmpty ? library.versions(of: model.name) : [model]
        return .init(ModelDescription(model, versions: versions))
    }

    func modelConfig(
        request: Inference_ModelConfigRequest, context: ServerContext
    ) async throws -> Inference_ModelConfigResponse {
        let model = try model(request.name, request.version)
        return .with { $0.config = .init(ModelConfiguration(model)) }
    }

    func modelStatistics(
        request: Inference_ModelStatisticsRequest, context: ServerContext
    ) async throws -> Inference_ModelStatisticsResponse {
        let models: [LoadedModel]
        if request.name.isEmpty {
            models = library.loaded
        } else {
            let model = try model(request.name, request.version)
            models = request.version.isEmpty ? library.versions(of: model.name) : [model]
        }
        return .with { $0.modelStats = models.map(Inference_ModelStatistics.init) }
    }

    func modelInfer(
        request: Inference_ModelInferRequest, context: ServerContext
    ) async throws -> Inference_ModelInferResponse {
        do {
            return try await Self.cancelledWithCall { try await answer(request) }
        } catch {
            throw RPCError(inference: error)
        }
    }

    /// Answers requests one after the other; one that fails is answered with its error, and the stream goes on.
    func modelStreamInfer(
        request: RPCAsyncSequence<Inference_ModelInferRequest, any Error>,
        response: RPCWriter<Inference_ModelStreamInferResponse>, context: ServerContext
    ) async throws {
        for try await message in request {
            var part = Inference_ModelStreamInferResponse()
            do {
                part.inferResponse = try await Self.cancelledWithCall { try await answer(message) }
            } catch is CancellationError {
                throw RPCError(code: .cancelled, message: "the call was cancelled")
            } catch {
                part.errorMessage = RPCError(inference: error).message
                part.inferResponse.id = message.id
            }
            try await response.write(part)
        }
    }

    func repositoryIndex(
        request: Inference_RepositoryIndexRequest, context: ServerContext
    ) async throws -> Inference_RepositoryIndexResponse {
        .with { response in
            response.models = library.index.filter { !request.ready || $0.state == .ready }.map { entry in
                .with {
                    $0.name = entry.name
                    $0.version = entry.version
                    $0.state = entry.state.rawValue
                    $0.reason = entry.reason
                }
            }
        }
    }

    func repositoryModelLoad(
        request: Inference_RepositoryModelLoadRequest, context: ServerContext
    ) async throws -> Inference_RepositoryModelLoadResponse {
        do {
            try RepositoryRoutes.requireNoOverrides(request.parameters.keys)
            try await ModelControl(pipeline: pipeline).load(request.modelName)
        } catch {
            throw RPCError(inference: error)
        }
        return .init()
    }

    func repositoryModelUnload(
        request: Inference_RepositoryModelUnloadRequest, context: ServerContext
    ) async throws -> Inference_RepositoryModelUnloadResponse {
        do {
            try await ModelControl(pipeline: pipeline).unload(request.modelName)
        } catch {
            throw RPCError(inference: error)
        }
        return .init()
    }

    private func model(_ name: String, _ version: String) throws -> LoadedModel {
        do {
            return try library.model(named: name, version: version.isEmpty ? nil : version)
        } catch {
            throw RPCError(inference: error)
        }
    }

    private func answer(_ message: Inference_ModelInferRequest) async throws -> Inference_ModelInferResponse {
        let model = try model(message.modelName, message.modelVersion)
        let request = try await pipeline.pool.run { try TensorRequest(message, for: model) }
        let answer = try await pipeline.infer(request, by: model)
        try await state.keep(request, answer)
        return try await pipeline.pool.run(isUrgent: true) { try Inference_ModelInferResponse(answer, to: message) }
    }

    /// Runs `operation` and cancels it when the client gives the call up or its deadline passes.
    private static func cancelledWithCall<Value: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        // Awaited two lines down, under the call's cancellation: unstructured in form only.
        let task = Task { try await operation() }
        return try await withTaskCancellationHandler {
            try await withRPCCancellationHandler {
                try await task.value
            } onCancelRPC: {
                task.cancel()
            }
        } onCancel: {
            task.cancel()
        }
    }
}

extension RPCError {
    /// An error in gRPC's terms; the message is what HTTP clients get as `error`.
    init(inference error: any Error) {
        if let error = error as? RPCError {
            self = error
            return
        }
        let problem = Problem(onProtocol: error)
        let code: Code
        switch problem.status.code {
        case 400, 406, 415, 422: code = .invalidArgument
        case 401: code = .unauthenticated
        case 403: code = .permissionDenied
        case 404: code = .notFound
        case 413, 429: code = .resourceExhausted
        case 499: code = .cancelled
        case 501: code = .unimplemented
        case 503: code = .unavailable
        case 504: code = .deadlineExceeded
        default: code = .internalError
        }
        self.init(code: code, message: problem.detail)
    }
}
