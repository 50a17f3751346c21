import Graph
import Inference
import ONNX
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// Every operator with models and inputs that are not what they were: what must not happen is a trap.
@Suite("damaged ONNX cases")
struct MutatedCaseTests {
    private static let folder = CaseSuite.node.folder
    private static let parts = 8

    private static var options: SessionOptions {
        var options = SessionOptions()
        options.arenaByteLimit = 1 << 24
        options.limits.tensorBytes = 1 << 24
        options.limits.nodes = 2000
        options.folding.elements = 1 << 20
        return options
    }

    private static func tensors(_ path: String, _ count: Int) -> [Tensor?] {
        (0..<count).map { try? ONNXTensor.load(path: "\(path)/test_data_set_0/input_\($0).pb").makeTensor() }
    }

    private static func run(_ bytes: [UInt8], _ path: String, _ damage: (Int, Tensor) -> Tensor?) {
        guard let session = try? Session(storage: ByteStorage(bytes), options: options) else { return }
        var inputs: [String: Tensor] = [:]
        for (index, tensor) in tensors(path, session.inputs.count).enumerated() {
            if let tensor { inputs[session.inputs[index].name] = damage(index, tensor) }
        }
        _ = try? session.run(inputs)
    }

    @Test(
        "throw or run, and never trap",
        .enabled(if: access(folder, R_OK) == 0, "tools/make-node-cases was not run"), arguments: 0..<parts)
    func damaged(part: Int) throws {
        let names = try DirectoryListing.names(in: Self.folder)
        for (index, name) in names.enumerated() where index % Self.parts == part {
            let path = "\(Self.folder)/\(name)"
            let file = try ByteStorage.reading(path: path + "/model.onnx", maximumByteCount: 1 << 24)
            let original = Array(file.bytes)
            var generator = SplitMix64(seed: UInt64(index))
            for _ in 0..<8 {
                var bytes = original
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                        in: 0...255, using: &generator)
                }
                Self.run(bytes, path) { $1 }
            }
            Self.run(Array(original.prefix(Int.random(in: 0..<original.count, using: &generator))), path) { $1 }
            // The model as it is, with inputs of other numbers: indices, axes and extents among them.
            for _ in 0..<3 {
                Self.run(original, path) { _, tensor in
                    let copy = Tensor(dataType: tensor.dataType, shape: tensor.shape)
                    let source = tensor.bytes
                    for i in source.indices {
                        var byte = source[i]
                        if tensor.dataType != .bool, Int.random(in: 0..<6, using: &generator) == 0 {
                            byte = UInt8.random(in: 0...255, using: &generator)
                        }
                        copy.base.storeBytes(of: byte, toByteOffset: i, as: UInt8.self)
                    }
                    return copy
                }
            }
        }
    }
}
