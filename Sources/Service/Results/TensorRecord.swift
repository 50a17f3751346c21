import Graph
import Inference
import Pipeline
import Store
import StrictJSON
import Tensors
import Vision

/// What is kept of an answer in tensors (`fovea.tensors/1`): the model, and of everything that went in and came out its type, shape and
/// digest. The numbers themselves are not kept.
struct TensorRecord: Sendable {
    private let request: TensorRequest
    private let answer: TensorAnswer
    private let build: FrameResult.Build

    static let schema = "fovea.tensors/1"

    init(_ request: TensorRequest, _ answer: TensorAnswer, build: FrameResult.Build) {
        self.request = request
        self.answer = answer
        self.build = build
    }

    var json: [UInt8] {
        var writer = JSONWriter(pretty: false)
        writer.object { json in
            json.key("schema")
            json.value(Self.schema)
            json.key("model")
            json.object { json in
                let model = answer.model
                let facts: [(String, String?)] = [
                    ("name", model.name), ("version", model.version), ("sha256", model.session.sha256),
                    ("license", model.vision?.manifest.license), ("precision", model.session.precision.rawValue),
                    ("numerics", model.session.numerics),
                ]
                for (key, text) in facts {
                    guard let text else { continue }
                    json.key(key)
                    json.value(text)
                }
            }
            json.key("inputs")
            json.array { json in
                for (name, input) in request.inputs.sorted(by: { $0.key < $1.key }) {
                    switch input {
                    case .tensor(let tensor): Self.write(name, tensor, to: &json)
                    case .pictures(let frames): Self.write(name, frames, to: &json)
                    }
                }
            }
            json.key("outputs")
            json.array { json in
                for output in answer.outputs { Self.write(output.name, output.tensor, to: &json) }
            }
            json.key("build")
            json.object { json in
                json.key("version")
                json.value(build.version)
                json.key("isa")
                json.value(build.isa)
            }
        }
        return writer.bytes
    }

    private static func write(_ name: String, _ tensor: Tensor, to json: inout JSONWriter) {
        let digest = withExtendedLifetime(tensor) { SHA256.hex(of: tensor.bytes) }
        write(
            name, type: WireType(tensor.dataType)?.rawValue ?? "\(tensor.dataType)", tensor.shape.dimensions, [digest],
            &json)
    }

    private static func write(_ name: String, _ frames: [FrameInput], to json: inout JSONWriter) {
        let digests = frames.map { frame in withExtendedLifetime(frame.bytes) { SHA256.hex(of: frame.bytes.bytes) } }
        write(name, type: WireType.bytes.rawValue, [frames.count], digests, &json)
    }

    private static func write(
        _ name: String, type: String, _ shape: [Int], _ digests: [String], _ json: inout JSONWriter
    ) {
        json.element()
        json.object { json in
            json.key("name")
            json.value(name)
            json.key("datatype")
            json.value(type)
            json.key("shape")
            json.value(.numbers(shape.map(Double.init)))
            json.key("sha256")
            json.array { json in
                for digest in digests {
                    json.element()
                    json.value(digest)
                }
            }
        }
    }
}

extension ServiceState {
    /// Keeps a record of an answer in tensors where results are kept. When the store is behind or fails, the client is answered all the same.
    func keep(_ request: TensorRequest, _ answer: TensorAnswer) async throws {
        guard let store, let pipeline else { return }
        let record = TensorRecord(request, answer, build: build)
        let document = try await pipeline.pool.run(isUrgent: true) { record.json }
        let stored = try? await store.write(NewResult(document: document, model: answer.model.name), mayDrop: true)
        if stored == nil { metrics.notStored("full") }
    }
}
