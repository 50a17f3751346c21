import CKernels
import Graph
import Inference
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// The bit contract on whole networks. Each level runs in a process of its own, since forcing one holds for a process.
@Suite("bits of whole networks")
struct ModelBitsTests {
    struct Network: Sendable, Codable, CustomTestStringConvertible {
        var path: String
        /// Portable C takes seconds on the larger ones.
        var isSmall: Bool
        var testDescription: String { path }
    }

    static let networks: [Network] = [
        Network(path: Repository.root + "/models/efficientnet-lite0/1/model.onnx", isSmall: true),
        Network(path: Repository.root + "/models/yolov3-tiny/1/model.onnx", isSmall: false),
        Network(path: SharedData.path("models/light_person_detector_192.onnx"), isSmall: true),
        Network(path: SharedData.path("models/yolox_nano.onnx"), isSmall: true),
        Network(path: Repository.root + "/.onnx-cases/light/light_shufflenet/model.onnx", isSmall: true),
        Network(path: Repository.root + "/.onnx-cases/light/light_densenet121/model.onnx", isSmall: false),
    ].filter { access($0.path, R_OK) == 0 }

    /// The digest of a network's outputs for made-up inputs.
    static func digest(_ path: String, threads: Int, precision: Precision = .fp32) throws -> String {
        var options = SessionOptions()
        options.precision = precision
        let session = try Session(path: path, options: options)
        var inputs: [String: Tensor] = [:]
        for (index, input) in session.inputs.enumerated() {
            let extents = (input.type.dimensions ?? []).map { $0.fixedExtent ?? 1 }
            inputs[input.name] = randomTensor(Shape(extents), seed: UInt64(index + 1))
        }
        let outputs = try session.run(inputs, parallelism: NumericsTests.cut(threads))
        var bytes: [UInt8] = []
        for (_, tensor) in outputs.sorted(by: { $0.key < $1.key }) { bytes += Array(tensor.bytes) }
        return SHA256.hex(of: bytes)
    }

    @Test(
        "in bf16 are the same cut for any number of threads, and in every run",
        .enabled(if: !networks.isEmpty, "needs the models"), arguments: networks)
    func bfloat16(network: Network) throws {
        let expected = try Self.digest(network.path, threads: 1, precision: .bf16)
        #expect(try Self.digest(network.path, threads: 3, precision: .bf16) == expected)
        // ONNX's light models have constants for weights, whose answers bfloat16 may hold exactly.
        if !network.path.contains("/light/") { #expect(try Self.digest(network.path, threads: 1) != expected) }
    }

    @Test(
        "are the same at every instruction set and cut for any number of threads",
        .enabled(if: !networks.isEmpty, "needs the models"), arguments: networks)
    func levels(network: Network) async throws {
        let expected = try Self.digest(network.path, threads: 1)
        #expect(try Self.digest(network.path, threads: 2) == expected)
        for level in [ck_isa_portable, ck_isa_avx2, ck_isa_avx512] where level.rawValue <= ck_isa_supported().rawValue {
            if level == ck_isa_portable, !network.isSmall { continue }
            let (number, path) = (level.rawValue, network.path)
            let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
                [number = number as UInt32, path = path as String] in
                _ = ck_isa_force(ck_isa(rawValue: number))
                print("digest \(try ModelBitsTests.digest(path, threads: 3))")
            }
            let text = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
            #expect(text.contains("digest \(expected)"), "level \(number)")
        }
    }
}
