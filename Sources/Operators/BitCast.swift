package import Graph
internal import Tensors

/// ONNX `BitCast`: the same bits as elements of another type of the same width.
package struct BitCast: Operator {
    package static let opType = "BitCast"
    package static let opsets = 26...Int.max
    private let node: NodeDescription
    private let dataType: DataType

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
        dataType = try node.dataType("to")
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let x = try node.fact(inputs, 0)
        guard x.dataType.storedBitWidth == dataType.storedBitWidth else {
            throw node.mismatch("\(x.dataType) as \(dataType)")
        }
        return [ValueType(dataType, x.dimensions)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        guard let bits = dataType.storedBitWidth, x.dataType.storedBitWidth == bits else {
            throw node.mismatch("\(x.dataType) as \(dataType)")
        }
        let y = context.output(0, dataType, x.shape)
        y.base.copyMemory(from: x.base, byteCount: x.byteCount)
        let bytes = y.pointer(UInt8.self)
        if dataType == .bool {
            for i in 0..<y.elementCount where bytes[i] > 1 { bytes[i] = 1 }
        } else if bits < 8 {
            // In memory a narrow number with sign fills its byte, one without does not.
            let spare = UInt8(8 - bits)
            let isSigned = dataType == .int4 || dataType == .int2
            for i in 0..<y.elementCount {
                let high = bytes[i] << spare
                bytes[i] = isSigned ? UInt8(bitPattern: Int8(bitPattern: high) >> Int8(spare)) : high >> spare
            }
        }
    }
}
