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
        inputs = model.inputs.map(Tensor.init)
        outputs = model.outputs.map(Tensor.init)
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
            var numVersions: Int

            enum CodingKeys: String, CodingKey { case numVersions = "num_versions" }
        }

        struct All: Encodable {}

        struct Specific: Encodable {
            var versions: [Int]
        }

        var latest: Latest?
        var all: All?
        var specific: Specific?

        init(_ policy: Pipeline.VersionPolicy) {
            switch policy {
            case .latest(let count): latest = Latest(numVersions: count)
            case .all: all = All()
            case .specific(let versions): specific = Specific(versions: versions.compactMap { Int($0) })
            }
        }
    }

    struct Parameter: Encodable {
        var stringValue: String

        enum CodingKeys: String, CodingKey { case stringValue = "string_value" }
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
    var parameters: [String: Parameter]?

    enum CodingKeys: String, CodingKey {
        case name, platform, backend, input, output, parameters
        case versionPolicy = "version_policy"
        case maxBatchSize = "max_batch_size"
        case dynamicBatching = "dynamic_batching"
    }

    init(_ model: LoadedModel) {
        name = model.name
        versionPolicy = VersionPolicy(model.versionPolicy)
        let batching = model.batching
        maxBatchSize = model.maximumBatchSize
        let isBatched = maxBatchSize > 0
        if !model.parameters.isEmpty { parameters = model.parameters.mapValues(Parameter.init) }
        let layout = model.vision?.manifest.input
        input = model.inputs.map {
            Tensor($0, isBatched: isBatched, format: $0.name == layout?.name ? layout.map(Self.format) : nil)
        }
        output = model.outputs.map { Tensor($0, isBatched: isBatched) }
        dynamicBatching = batching.map {
            DynamicBatching(preferredBatchSize: $0.preferredRows, maxQueueDelayMicroseconds: $0.delayMicroseconds)
        }
    }

    private static func format(_ input: ModelManifest.Input) -> String {
        input.layout == .nchw ? "FORMAT_NCHW" : "FORMAT_NHWC"
    }
}
