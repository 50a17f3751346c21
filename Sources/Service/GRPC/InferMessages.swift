import Codecs
import FoundationEssentials
import OpenInference
import Pipeline
import Tensors
import Vision

extension TensorRequest {
    /// Reads a call's message; tensors come as bytes in `raw_input_contents`, or as typed lists in each input.
    ///
    /// - Throws: ``Problem`` for whatever the client got wrong.
    init(_ message: Inference_ModelInferRequest, for model: LoadedModel) throws(Problem) {
        let raw = message.rawInputContents
        guard raw.isEmpty || raw.count == message.inputs.count else {
            throw Problem.malformed(
                "\(raw.count) elements of raw_input_contents for \(message.inputs.count) inputs",
                field: "raw_input_contents")
        }
        var inputs: [String: Input] = [:]
        for (index, input) in message.inputs.enumerated() {
            guard inputs[input.name] == nil else {
                throw Problem.malformed("input '\(input.name)' is given twice", field: "inputs")
            }
            inputs[input.name] = try Self.tensor(input, raw: raw.isEmpty ? nil : raw[index])
        }
        self.init(model: model.name, version: model.version, inputs: inputs)
        if !message.outputs.isEmpty { outputs = message.outputs.map(\.name) }
        priority = message.parameters["priority"]?.integer ?? 0
        timeoutMicroseconds = message.parameters["timeout"]?.integer.flatMap { $0 > 0 ? $0 : nil }
    }

    private static func tensor(
        _ input: Inference_ModelInferRequest.InferInputTensor, raw: Data?
    ) throws(Problem) -> Input {
        guard let type = WireType(rawValue: input.datatype) else {
            throw Problem.malformed("input '\(input.name)': no datatype '\(input.datatype)'", field: "inputs")
        }
        guard input.parameters["shared_memory_region"] == nil else {
            throw Problem.malformed("input '\(input.name)': shared memory is not supported", field: "inputs")
        }
        let shape = input.shape.map { Int(clamping: $0) }
        let bytes = raw.map { [UInt8]($0) } ?? typed(input.contents, type)
        guard let bytes else {
            throw Problem.malformed(
                "input '\(input.name)': \(type.rawValue) is sent in raw_input_contents only", field: "inputs")
        }
        // The typed error does not pass through the closure of `withUnsafeBytes`.
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(Problem) in
                try BinaryTensor.input(name: input.name, type: type, shape: shape, bytes)
            }
        }
        return try result.get()
    }

    /// Typed lists as the bytes of a tensor; `nil` for types that have none. Small integers come in wider lists.
    private static func typed(_ contents: Inference_InferTensorContents, _ type: WireType) -> [UInt8]? {
        switch type {
        case .bool: contents.boolContents.map { $0 ? 1 : 0 }
        case .int8: bytes(contents.intContents.map { Int8(truncatingIfNeeded: $0) })
        case .int16: bytes(contents.intContents.map { Int16(truncatingIfNeeded: $0) })
        case .int32: bytes(contents.intContents)
        case .int64: bytes(contents.int64Contents)
        case .uint8: bytes(contents.uintContents.map { UInt8(truncatingIfNeeded: $0) })
        case .uint16: bytes(contents.uintContents.map { UInt16(truncatingIfNeeded: $0) })
        case .uint32: bytes(contents.uintContents)
        case .uint64: bytes(contents.uint64Contents)
        case .float32: bytes(contents.fp32Contents)
        case .float64: bytes(contents.fp64Contents)
        case .bytes: lengthPrefixed(contents.bytesContents)
        case .float16, .bfloat16: nil
        }
    }

    private static func bytes<Element: BitwiseCopyable>(_ elements: [Element]) -> [UInt8] {
        elements.withUnsafeBytes { Array($0) }
    }

    private static func lengthPrefixed(_ blocks: [Data]) -> [UInt8] {
        var bytes: [UInt8] = []
        for block in blocks {
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: block.count).littleEndian) { bytes += $0 }
            bytes += block
        }
        return bytes
    }
}

extension Inference_InferParameter {
    fileprivate var integer: Int? {
        switch parameterChoice {
        case .int64Param(let value): Int(clamping: value)
        case .uint64Param(let value): Int(clamping: value)
        default: nil
        }
    }
}

extension Inference_ModelInferResponse {
    /// An answer as a message; tensors go as bytes in `raw_output_contents`.
    ///
    /// - Throws: ``Problem`` for a classification of what has no classes.
    init(_ answer: TensorAnswer, to message: Inference_ModelInferRequest) throws(Problem) {
        self.init()
        modelName = answer.model.name
        modelVersion = answer.model.version
        id = message.id
        for (index, output) in answer.outputs.enumerated() {
            var part = InferOutputTensor()
            part.name = output.name
            let classes =
                message.outputs.indices.contains(index)
                ? message.outputs[index].parameters["classification"]?.integer ?? 0 : 0
            if classes > 0 {
                let named = try ClassNames(
                    output.tensor, count: classes, labels: answer.model.labels(of: output.name))
                part.datatype = WireType.bytes.rawValue
                part.shape = named.shape.map(Int64.init)
                rawOutputContents.append(Data(BinaryTensor.bytes(of: named.strings)))
            } else {
                guard let type = WireType(output.tensor.dataType) else {
                    throw Problem.malformed("output '\(output.name)' is \(output.tensor)", field: "outputs")
                }
                part.datatype = type.rawValue
                part.shape = output.tensor.shape.dimensions.map(Int64.init)
                rawOutputContents.append(Data(output.tensor.bytes))
            }
            outputs.append(part)
        }
    }
}
