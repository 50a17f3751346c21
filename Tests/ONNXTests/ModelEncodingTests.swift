import ONNX
import Tensors
import TestSupport
import Testing

@Suite("Written ONNX models")
struct ModelEncodingTests {
    private func written(_ model: ONNXModel) throws -> ONNXModel {
        try ONNXModel(storage: ByteStorage(try model.encoded()))
    }

    @Test("a model that is read, written and read again is the same")
    func keepsEverything() throws {
        let first = try ONNXModel(storage: ByteStorage(ModelDecodingTests.sample.bytes))
        let second = try written(first)
        #expect(second.opsets == first.opsets)
        #expect(second.metadata == first.metadata)
        #expect(second.producerName == first.producerName)
        #expect(second.graph.nodes.map(\.op) == first.graph.nodes.map(\.op))
        #expect(second.graph.nodes.map(\.outputs) == first.graph.nodes.map(\.outputs))
        #expect(second.graph.inputs.map(\.kind) == first.graph.inputs.map(\.kind))
        let names = first.graph.nodes.flatMap { $0.attributes.map(\.name) }
        #expect(second.graph.nodes.flatMap { $0.attributes.map(\.name) } == names)
        let weights = try #require(second.graph.initializers.first)
        #expect(try weights.makeTensor().array(of: Float.self) == [Float](repeating: 0.5, count: 9))
        // What is written once is written the same again.
        #expect(try second.encoded() == first.encoded())
    }

    @Test(
        "tensors of all widths keep their elements",
        arguments: [DataType.float32, .int8, .uint8, .int32, .int64, .float16, .int4, .uint4, .uint2])
    func keepsElements(_ type: DataType) throws {
        let tensor = Tensor(dataType: type, shape: [3, 3])
        for index in 0..<tensor.byteCount where index % (type.byteWidth ?? 1) == 0 {
            (tensor.base + index).storeBytes(of: UInt8(index / (type.byteWidth ?? 1) % 2), as: UInt8.self)
        }
        let graph = ONNXGraph(name: "g", initializers: [ONNXTensor(name: "w", tensor)])
        let model = try written(ONNXModel(graph: graph, opsets: ["": 21], irVersion: 10))
        let read = try #require(model.graph.initializers.first).makeTensor()
        #expect(read.shape == tensor.shape && read.dataType == type)
        #expect(Array(read.bytes) == Array(tensor.bytes))
        withExtendedLifetime((read, tensor)) {}
    }

    @Test("a declaration of another kind than a tensor is refused")
    func refusesSequences() {
        let graph = ONNXGraph(inputs: [ONNXValueInfo(name: "s", kind: .other("sequence"))])
        #expect(throws: ONNXFormatError.self) {
            try ONNXModel(graph: graph, opsets: ["": 13], irVersion: 8).encoded()
        }
    }
}
