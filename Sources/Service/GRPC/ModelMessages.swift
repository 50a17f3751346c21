import OpenInference
import Pipeline
import SwiftProtobuf

extension Inference_ModelMetadataResponse {
    init(_ model: ModelDescription) {
        self.init()
        name = model.name
        versions = model.versions
        platform = model.platform
        inputs = model.inputs.map(TensorMetadata.init)
        outputs = model.outputs.map(TensorMetadata.init)
    }
}

extension Inference_ModelMetadataResponse.TensorMetadata {
    init(_ tensor: ModelDescription.Tensor) {
        self.init()
        name = tensor.name
        datatype = tensor.datatype
        shape = tensor.shape.map(Int64.init)
    }
}

extension Inference_ModelConfig {
    init(_ model: ModelConfiguration) {
        self.init()
        name = model.name
        platform = model.platform
        backend = model.backend
        maxBatchSize = Int32(clamping: model.maxBatchSize)
        if let latest = model.versionPolicy.latest {
            versionPolicy.latest.numVersions = UInt32(clamping: latest.numVersions)
        } else if model.versionPolicy.all != nil {
            versionPolicy.all = .init()
        }
        input = model.input.map { tensor in
            .with {
                $0.name = tensor.name
                $0.dataType = .named(tensor.dataType)
                $0.format = tensor.format == "FORMAT_NCHW" ? .nchw : tensor.format == "FORMAT_NHWC" ? .nhwc : .none
                $0.dims = tensor.dims.map(Int64.init)
            }
        }
        output = model.output.map { tensor in
            .with {
                $0.name = tensor.name
                $0.dataType = .named(tensor.dataType)
                $0.dims = tensor.dims.map(Int64.init)
            }
        }
        if let batching = model.dynamicBatching {
            dynamicBatching.preferredBatchSize = batching.preferredBatchSize.map { Int32(clamping: $0) }
            dynamicBatching.maxQueueDelayMicroseconds = UInt64(clamping: batching.maxQueueDelayMicroseconds)
        }
    }
}

extension Inference_DataType {
    /// By the name that configurations use, `TYPE_FP32`.
    fileprivate static func named(_ name: String) -> Inference_DataType {
        switch name {
        case "TYPE_BOOL": .typeBool
        case "TYPE_UINT8": .typeUint8
        case "TYPE_UINT16": .typeUint16
        case "TYPE_UINT32": .typeUint32
        case "TYPE_UINT64": .typeUint64
        case "TYPE_INT8": .typeInt8
        case "TYPE_INT16": .typeInt16
        case "TYPE_INT32": .typeInt32
        case "TYPE_INT64": .typeInt64
        case "TYPE_FP16": .typeFp16
        case "TYPE_FP32": .typeFp32
        case "TYPE_FP64": .typeFp64
        case "TYPE_STRING": .typeString
        case "TYPE_BF16": .typeBf16
        default: .typeInvalid
        }
    }
}

extension Inference_ModelStatistics {
    init(_ model: LoadedModel) {
        self.init()
        let snapshot = model.statistics.snapshot
        name = model.name
        version = model.version
        lastInference = snapshot.lastInference
        inferenceCount = snapshot.inferenceCount
        executionCount = snapshot.executionCount
        inferenceStats = .with {
            $0.success = .init(snapshot.success)
            $0.fail = .init(snapshot.fail)
            $0.queue = .init(snapshot.queue)
            $0.computeInput = .init(snapshot.computeInput)
            $0.computeInfer = .init(snapshot.computeInfer)
            $0.computeOutput = .init(snapshot.computeOutput)
            $0.cacheHit = .init()
            $0.cacheMiss = .init()
        }
        batchStats = snapshot.batches.sorted { $0.key < $1.key }.map { rows, totals in
            .with {
                $0.batchSize = UInt64(rows)
                $0.computeInput = .init(totals.computeInput)
                $0.computeInfer = .init(totals.computeInfer)
                $0.computeOutput = .init(totals.computeOutput)
            }
        }
    }
}

extension Inference_StatisticDuration {
    fileprivate init(_ total: ModelStatistics.Total) {
        self.init()
        count = total.count
        ns = total.nanoseconds
    }
}
