import Codecs
import Graph
import Inference
import Pipeline
import StrictJSON
import Tensors

/// An inference request as it came over HTTP: JSON, and behind it the binary tensors in the order of the inputs.
struct InferBody: Sendable {
    /// The whole body, uncompressed.
    var storage: ByteStorage
    /// Where the JSON ends; `nil` when the body is JSON to its end.
    var headerLength: Int?

    /// - Parameter headerLength: the header `Inference-Header-Content-Length`.
    /// - Throws: 400 for a length that is no number or longer than the body.
    init(_ storage: ByteStorage, headerLength text: String?) throws(Problem) {
        self.storage = storage
        guard let text else { return }
        guard let length = Int(text), (0...storage.byteCount).contains(length) else {
            throw Problem.malformed(
                "'\(text.prefix(32))' is not a length within the body's \(storage.byteCount) bytes",
                field: "Inference-Header-Content-Length")
        }
        headerLength = length
    }

    private func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: storage.bytes[range])
    }

    /// Reads the request. All copying and parsing happens here: call it on a compute thread for long bodies.
    ///
    /// - Throws: ``Problem``, `CodecError`, `GraphError`.
    func request(for model: LoadedModel) throws -> (InferRequest, TensorRequest) {
        if headerLength == 0 { return try rawRequest(for: model) }
        let jsonEnd = headerLength ?? storage.byteCount
        let json = bytes(0..<jsonEnd)
        let request = try InferRequest(json: json)
        var offset = jsonEnd
        var inputs: [String: TensorRequest.Input] = [:]
        for input in request.inputs {
            if let size = input.binarySize {
                guard size <= storage.byteCount - offset else {
                    throw Problem.malformed(
                        "input '\(input.name)' has \(size) bytes, \(storage.byteCount - offset) are left",
                        field: "binary_data_size")
                }
                inputs[input.name] = try tensor(input, offset..<offset + size)
                offset += size
            } else if let data = input.data {
                inputs[input.name] = try tensor(input, json: UnsafeRawBufferPointer(rebasing: json[data]))
            } else if request.inputs.count == 1, offset < storage.byteCount || input.shape.contains(0) {
                // One input without a size takes all that follows; a picture then needs no length before it.
                let tail = offset..<storage.byteCount
                inputs[input.name] =
                    input.type == .bytes
                    ? .pictures([FrameInput(bytes: ByteStorage(copying: bytes(tail)))]) : try tensor(input, tail)
                offset = storage.byteCount
            } else {
                throw Problem.malformed("input '\(input.name)' has neither data nor binary_data_size", field: "inputs")
            }
        }
        guard offset == storage.byteCount else {
            throw Problem.malformed(
                "\(storage.byteCount - offset) bytes behind the last tensor", field: "binary_data_size")
        }
        var tensors = TensorRequest(model: model.name, version: model.version, inputs: inputs)
        tensors.outputs = request.outputs?.map(\.name)
        tensors.priority = request.priority
        tensors.timeoutMicroseconds = request.timeoutMicroseconds.flatMap { $0 > 0 ? $0 : nil }
        return (request, tensors)
    }

    /// A body that is nothing but the model's one input: a tensor, or a picture.
    private func rawRequest(for model: LoadedModel) throws -> (InferRequest, TensorRequest) {
        guard let port = model.inputs.first, model.inputs.count == 1,
            let type = WireType(port.type.dataType), let declared = port.type.dimensions
        else {
            throw Problem.malformed(
                "a raw body is for models with one input of known rank; '\(model.name)' has "
                    + "\(model.inputs.count)", field: "Inference-Header-Content-Length")
        }
        var request = InferRequest()
        request.isBinaryOutput = true
        let input: TensorRequest.Input
        if let shape = Self.shape(declared, byteCount: storage.byteCount, width: port.type.dataType.byteWidth ?? 1) {
            input = try tensor(InferRequest.Input(name: port.name, type: type, shape: shape), 0..<storage.byteCount)
        } else {
            guard model.vision != nil else {
                throw Problem.malformed(
                    "\(storage.byteCount) bytes do not fill '\(port.name)' of \(port.type)", field: "body")
            }
            input = .pictures([FrameInput(bytes: storage)])
        }
        return (request, TensorRequest(model: model.name, version: model.version, inputs: [port.name: input]))
    }

    /// The shape with its one open extent, if any, made to fit; `nil` when nothing fits.
    static func shape(_ declared: [Dimension], byteCount: Int, width: Int) -> [Int]? {
        let fixed = declared.compactMap(\.fixedExtent)
        guard declared.count - fixed.count <= 1, let known = Shape.checkedElementCount(of: fixed), known > 0,
            byteCount % width == 0
        else { return nil }
        let elements = byteCount / width
        guard declared.count > fixed.count ? elements % known == 0 && elements > 0 : elements == known else {
            return nil
        }
        return declared.map { $0.fixedExtent ?? elements / known }
    }

    private func tensor(_ input: InferRequest.Input, json: UnsafeRawBufferPointer) throws -> TensorRequest.Input {
        do throws(JSONError) {
            guard let type = input.type?.dataType else {
                return .pictures(try TensorJSON.readBase64(json).map { FrameInput(bytes: $0) })
            }
            return .tensor(try TensorJSON.read(json, type: type, shape: try Self.checked(input)))
        } catch {
            throw Problem.malformed("input '\(input.name)': \(error)", field: "inputs")
        }
    }

    private static func checked(_ input: InferRequest.Input) throws(JSONError) -> Shape {
        guard Shape.checkedElementCount(of: input.shape) != nil else {
            throw .malformed(detail: "the shape \(input.shape) has too many elements")
        }
        return Shape(input.shape)
    }

    /// A binary tensor, copied to where it is aligned.
    private func tensor(_ input: InferRequest.Input, _ range: Range<Int>) throws(Problem) -> TensorRequest.Input {
        try BinaryTensor.input(name: input.name, type: input.type ?? .bytes, shape: input.shape, bytes(range))
    }
}
