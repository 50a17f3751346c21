import NIOCore
import Pipeline
import StrictJSON
import Tensors
import Vision

/// An answer in the protocol's form: JSON, and behind it the tensors that were asked for as bytes.
struct InferResponse {
    var body: ByteBuffer
    /// Where the JSON ends; `nil` when nothing follows it.
    var headerLength: Int?

    private enum Content {
        case tensor(Tensor)
        case classes([String])
    }

    private struct Output {
        var name: String
        var type: WireType
        var shape: [Int]
        var content: Content
        var isBinary: Bool
    }

    /// - Throws: 400 for a classification of what has no classes.
    init(_ answer: TensorAnswer, to request: InferRequest) throws(Problem) {
        var outputs: [Output] = []
        for (index, output) in answer.outputs.enumerated() {
            let wanted = request.outputs?[index]
            outputs.append(
                try Self.output(
                    output.name, output.tensor, wanted: wanted, isBinary: wanted?.isBinary ?? request.isBinaryOutput,
                    labels: answer.model.labels(of: output.name)))
        }
        var json = JSONWriter(pretty: false)
        json.object { json in
            json.key("model_name")
            json.value(answer.model.name)
            json.key("model_version")
            json.value(answer.model.version)
            if !request.id.isEmpty {
                json.key("id")
                json.value(request.id)
            }
            json.key("outputs")
            json.array { json in
                for output in outputs {
                    json.element()
                    Self.write(output, into: &json)
                }
            }
        }
        let binary = outputs.filter(\.isBinary)
        let byteCount = binary.reduce(0) { $0 + Self.byteCount($1.content) }
        body = ByteBufferAllocator().buffer(capacity: json.bytes.count + byteCount)
        body.writeBytes(json.bytes)
        headerLength = binary.isEmpty ? nil : json.bytes.count
        for output in binary {
            switch output.content {
            case .tensor(let tensor): body.writeBytes(tensor.bytes)
            case .classes(let strings): body.writeBytes(BinaryTensor.bytes(of: strings))
            }
        }
    }

    private static func output(
        _ name: String, _ tensor: Tensor, wanted: InferRequest.Output?, isBinary: Bool, labels: [String]
    ) throws(Problem) -> Output {
        if let wanted, wanted.classes > 0 {
            let classes = try ClassNames(tensor, count: wanted.classes, labels: labels)
            return Output(
                name: name, type: .bytes, shape: classes.shape, content: .classes(classes.strings), isBinary: isBinary)
        }
        guard let type = WireType(tensor.dataType) else {
            throw .malformed("output '\(name)' is \(tensor), which the protocol has no name for", field: "outputs")
        }
        guard type != .bfloat16 || isBinary else {
            throw .malformed("output '\(name)' is BF16, which JSON cannot hold; ask for binary data", field: "outputs")
        }
        return Output(
            name: name, type: type, shape: tensor.shape.dimensions, content: .tensor(tensor), isBinary: isBinary)
    }

    private static func byteCount(_ content: Content) -> Int {
        switch content {
        case .tensor(let tensor): tensor.byteCount
        case .classes(let strings): strings.reduce(0) { $0 + 4 + $1.utf8.count }
        }
    }

    private static func write(_ output: Output, into json: inout JSONWriter) {
        json.object { json in
            json.key("name")
            json.value(output.name)
            json.key("datatype")
            json.value(output.type.rawValue)
            json.key("shape")
            json.array { json in
                for extent in output.shape {
                    json.element()
                    json.value(extent)
                }
            }
            if output.isBinary {
                json.key("parameters")
                json.object { json in
                    json.key("binary_data_size")
                    json.value(byteCount(output.content))
                }
                return
            }
            json.key("data")
            switch output.content {
            case .tensor(let tensor): TensorJSON.write(tensor, into: &json)
            case .classes(let strings):
                json.array { json in
                    for string in strings {
                        json.element()
                        json.value(string)
                    }
                }
            }
        }
    }
}
