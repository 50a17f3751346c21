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
        /// Sides of a picture for portable C, which takes seconds on the larger ones; 0: as the network says.
        var portableSide: Int?
        var testDescription: String { path }
    }

    static let shipped: [Network] = ["model.onnx", "model.int8.onnx"].flatMap { file in
        [("efficientnet-lite0", 0), ("yolov3-tiny", 96), ("centerface", 64)].map { name, side in
            Network(path: "\(Repository.root)/models/\(name)/1/\(file)", portableSide: side)
        }
    }

    static let networks: [Network] =
        (shipped + [
            Network(path: SharedData.path("models/light_person_detector_192.onnx"), portableSide: 0),
            Network(path: SharedData.path("models/yolox_nano.onnx"), portableSide: 0),
            Network(path: Repository.root + "/.onnx-cases/light/light_shufflenet/model.onnx", portableSide: 0),
            Network(path: Repository.root + "/.onnx-cases/light/light_densenet121/model.onnx"),
        ]).filter { access($0.path, R_OK) == 0 }

    /// The digest of a network's outputs for made-up inputs.
    ///
    /// - Parameter side: height and width of its picture instead of those declared; 0 for those.
    static func digest(
        _ path: String, threads: Int, side: Int = 0, precision: Precision = .fp32
    ) throws -> String {
        var options = SessionOptions()
        options.precision = precision
        if side > 0 { options.inputShapes["images"] = [1, 3, side, side] }
        let parallelism = NumericsTests.cut(threads)
        let session = try Session(path: path, options: options, parallelism: parallelism)
        var inputs: [String: Tensor] = [:]
        for (index, input) in session.inputs.enumerated() {
            let extents = (input.type.dimensions ?? []).map { $0.fixedExtent ?? 1 }
            inputs[input.name] = randomTensor(Shape(extents), seed: UInt64(index + 1))
        }
        return digest(try session.run(inputs, parallelism: parallelism))
    }

    private static func digest(_ outputs: [String: Tensor]) -> String {
        var bytes: [UInt8] = []
        for (_, tensor) in outputs.sorted(by: { $0.key < $1.key }) { bytes += Array(tensor.bytes) }
        return SHA256.hex(of: bytes)
    }

    @Test("are the same for a picture alone and as any row of a batch", arguments: shipped)
    func rows(network: Network) throws {
        var options = SessionOptions()
        let side = network.portableSide ?? 0
        let extents: Shape = side > 0 ? [3, side, side] : [3, 224, 224]
        options.inputShapes["images"] = Shape([3] + extents.dimensions)
        let batched = try Session(path: network.path, options: options)
        options.inputShapes["images"] = Shape([1] + extents.dimensions)
        let single = try Session(path: network.path, options: options)
        let pictures = (0..<3).map { randomTensor(Shape([1] + extents.dimensions), seed: UInt64(10 + $0)) }
        let stack = Tensor(
            pictures.flatMap { $0.array(of: Float.self) }, shape: Shape([3] + extents.dimensions))
        let together = try batched.run(["images": stack], parallelism: NumericsTests.cut(2))
        for (row, picture) in pictures.enumerated() {
            for (name, tensor) in try single.run(["images": picture]) {
                let all = try #require(together[name])
                let bytes = Array(all.bytes)[row * tensor.byteCount..<(row + 1) * tensor.byteCount]
                #expect(Array(tensor.bytes) == Array(bytes), "\(name), row \(row)")
            }
        }
    }

    @Test(
        "in bf16 are the same cut for any number of threads, and in every run",
        .enabled(if: !networks.isEmpty, "needs the models"), arguments: networks)
    func bfloat16(network: Network) throws {
        let expected = try Self.digest(network.path, threads: 1, precision: .bf16)
        #expect(try Self.digest(network.path, threads: 3, precision: .bf16) == expected)
        // ONNX's light models have constants for weights, whose answers bfloat16 may hold exactly; all products of some
        // quantised ones are of levels.
        if !network.path.contains("/light/"), !network.path.contains(".int8.") {
            #expect(try Self.digest(network.path, threads: 1) != expected)
        }
    }

    @Test(
        "are the same at every instruction set and cut for any number of threads",
        .enabled(if: !networks.isEmpty, "needs the models"), arguments: networks)
    func levels(network: Network) async throws {
        let expected = try Self.digest(network.path, threads: 1)
        #expect(try Self.digest(network.path, threads: 2) == expected)
        for level in [ck_isa_portable, ck_isa_avx2, ck_isa_avx512, ck_isa_vnni]
        where level.rawValue <= ck_isa_supported().rawValue {
            var side = 0
            if level == ck_isa_portable {
                guard let portable = network.portableSide else { continue }
                side = portable
            }
            let expected = side == 0 ? expected : try Self.digest(network.path, threads: 1, side: side)
            let (number, path) = (level.rawValue, network.path)
            let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
                [number = number as UInt32, path = path as String, side = side as Int] in
                _ = ck_isa_force(ck_isa(rawValue: number))
                print("digest \(try ModelBitsTests.digest(path, threads: 3, side: side))")
            }
            let text = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
            #expect(text.contains("digest \(expected)"), "level \(number)")
        }
    }
}
