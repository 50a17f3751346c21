import FoundationEssentials
import HTTPTypes
import Pipeline
import Tensors
import TestSupport

/// A service with small models on real compute threads.
final class ProtocolFixture {
    let client: LocalClient
    let pipeline: FramePipeline
    let folder: TemporaryDirectory

    static let types: [(wire: String, type: DataType)] = [
        ("BOOL", .bool), ("UINT8", .uint8), ("UINT16", .uint16), ("UINT32", .uint32), ("UINT64", .uint64),
        ("INT8", .int8), ("INT16", .int16), ("INT32", .int32), ("INT64", .int64), ("FP16", .float16),
        ("FP32", .float32), ("FP64", .float64), ("BF16", .bfloat16),
    ]

    init(_ change: (inout PipelineConfiguration) -> Void = { _ in }) throws {
        folder = try TemporaryDirectory()
        for (wire, type) in Self.types {
            try ModelFolderBuilder.write(ModelFolderBuilder.through(type), "through_\(wire)", in: folder.path)
        }
        for version in ["1", "2"] {
            try ModelFolderBuilder.write(
                ModelFolderBuilder.sumAndDifference, "sum", version: version, in: folder.path)
        }
        var configuration = PipelineConfiguration()
        configuration.modelDirectory = folder.path
        configuration.threads = 2
        configuration.modelControl = .explicit
        change(&configuration)
        pipeline = try FramePipeline(configuration)
        client = try LocalClient(pipeline)
    }

    deinit { pipeline.stop() }

    /// Posts a JSON part with binary tensors behind it.
    func infer(
        _ model: String, json: String, binary: [UInt8]? = nil, headers: HTTPFields = [:]
    ) async throws -> LocalResponse {
        var headers = headers
        if binary != nil { headers[.named("Inference-Header-Content-Length")] = "\(json.utf8.count)" }
        return try await client.post(
            "/v2/models/\(model)/infer", headers: headers, body: Array(json.utf8) + (binary ?? []))
    }
}

extension LocalResponse {
    /// The JSON before the binary part, and the binary part.
    func parts() throws -> (json: JSON, binary: [UInt8]) {
        let length = headers[.named("Inference-Header-Content-Length")].flatMap { Int($0) } ?? body.count
        let json = try JSONDecoder().decode(JSON.self, from: Data(body[..<length]))
        return (json, Array(body[length...]))
    }
}
