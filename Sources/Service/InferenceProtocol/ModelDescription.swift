import Graph
import Inference
import Pipeline
import Vision

/// A model's interface, as `GET /v2/models/{model}` tells it.
struct ModelDescription: Encodable {
    struct Tensor: Encodable {
        var name: String
        var datatype: String
        /// -1 for an extent that the request decides.
        var shape: [Int]

        init(_ port: Session.Port) {
            name = port.name
            datatype = WireType(port.type.dataType)?.rawValue ?? "\(port.type.dataType)"
            shape = port.type.dimensions?.map { $0.fixedExtent ?? -1 } ?? []
        }
    }

    static let platform = "fovea_onnx"

    var name: String
    var versions: [String]
    var platform = Self.platform
    var inputs: [Tensor]
    var outputs: [Tensor]

    init(_ model: LoadedModel, versions: [LoadedModel]) {
        name = model.name
        self.versions = versions.map(\.version)
        inputs = model.session.inputs.map(Tensor.init)
        outputs = model.session.outputs.map(Tensor.init)
    }
}

/// How a model is set up, as `GET /v2/models/{model}/config` tells it.
struct ModelConfiguration: Encodable {
    struct Tensor: Encodable {
        var name: String
        var dataType: String
        var format: String?
        /// Without the batch's extent when `max_batch_size` is not 0.
        var dims: [Int]

        enum CodingKeys: String, CodingKey {
            case name, format, dims
            case dataType = "data_type"
        }

        init(_ port: Session.Port, isBatched: Bool, format: String? = nil) {
            name = port.name
            dataType = WireType(port.type.dataType)?.configurationName ?? "TYPE_INVALID"
            self.format = format
            let extents = port.type.dimensions?.map { $0.fixedExtent ?? -1 } ?? []
            dims = isBatched ? Array(extents.dropFirst()) : extents
        }
    }

    struct VersionPolicy: Encodable {
        struct Latest: Encodable {
            var numVersions = 1

            enum CodingKeys: String, CodingKey { case numVersions = "num_versions" }
        }

        struct All: Encodable {}

        var latest: Latest?
        var all: All?
    }

    struct DynamicBatching: Encodable {
        var preferredBatchSize: [Int]
        var maxQueueDelayMicroseconds: Int

        enum CodingKeys: String, CodingKey {
            case preferredBatchSize = "preferred_batch_size"
            case maxQueueDelayMicroseconds = "max_queue_delay_microseconds"
        }
    }

    var name: String
    var platform = ModelDescription.platform
    var backend = "fovea"
    var versionPolicy: VersionPolicy
    var maxBatchSize: Int
    var input: [Tensor]
    var output: [Tensor]
    var dynamicBatching: DynamicBatching?

    enum CodingKeys: String, CodingKey {
        case name, platform, backend, input, output
        case versionPolicy = "version_policy"
        case maxBatchSize = "max_batch_size"
        case dynamicBatching = "dynamic_batching"
    }

    init(_ model: LoadedModel, policy: ModelLibrary.VersionPolicy) {
        name = model.name
        versionPolicy = policy == .all ? VersionPolicy(all: .init()) : VersionPolicy(latest: .init())
        let batching = model.batching
        let isBatched = batching != nil
        maxBatchSize = batching?.maximumRows ?? 0
        let layout = model.vision?.manifest.input
        input = model.session.inputs.map {
            Tensor($0, isBatched: isBatched, format: $0.name == layout?.name ? layout.map(Self.format) : nil)
        }
        output = model.session.outputs.map { Tensor($0, isBatched: isBatched) }
        dynamicBatching = batching.map {
            DynamicBatching(preferredBatchSize: $0.preferredRows, maxQueueDelayMicroseconds: $0.delayMicroseconds)
        }
    }

    private static func format(_ input: ModelManifest.Input) -> String {
        input.layout == .nchw ? "FORMAT_NCHW" : "FORMAT_NHWC"
    }
}
