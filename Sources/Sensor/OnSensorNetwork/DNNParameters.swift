import FlatBuffers

/// What the lines say of a network's tensors: the FlatBuffer `FBApParams` of the IMX500.
///
///     FBApParams { networks: [FBNetwork] }
///     FBNetwork { id: ubyte; type: string; inputTensors: [FBInputTensor]; outputTensors: [FBOutputTensor] }
///     FBInputTensor { id: ubyte; name: string; numOfDimensions: ubyte; dimensions: [FBDimension]; shift: ushort;
///                     scale: float; format: ubyte }
///     FBOutputTensor: the same with bitsPerElement: ubyte before shift
///     FBDimension { id: ubyte; size: ushort; serializationIndex: ubyte; padding: ubyte }
struct DNNParameters: Equatable {
    struct Tensor: Equatable {
        var name: String
        var dimensions: [Int]
        var serialization: [Int]
        /// Elements beyond each dimension that the wire carries and nobody reads.
        var padding: [Int]
        var bitsPerElement: Int
        var shift: Int
        var scale: Float
        var isSigned: Bool
    }

    /// At most this many tensors and dimensions: what libcamera's records have room for.
    static let countLimit = 16
    private static let nameLimit = 256

    var networkID: UInt8
    var networkName: String
    var input: Tensor
    var outputs: [Tensor]

    init(_ lines: DNNLines) {
        func tensor(_ tensor: DNNTensor, padding: [Int]) -> Tensor {
            Tensor(
                name: tensor.name, dimensions: tensor.dimensions, serialization: tensor.serialization, padding: padding,
                bitsPerElement: tensor.bitsPerElement, shift: tensor.shift, scale: tensor.scale,
                isSigned: tensor.isSigned)
        }
        networkID = UInt8(truncatingIfNeeded: lines.networkID)
        networkName = lines.networkName
        input = tensor(lines.input, padding: [0, 0, lines.inputRowPadding])
        outputs = lines.outputs.map { tensor($0, padding: [Int](repeating: 0, count: $0.dimensions.count)) }
    }

    var bytes: [UInt8] {
        var builder = FlatBufferBuilder()
        let input = Self.write(self.input, id: 0, isOutput: false, to: &builder)
        let inputs = builder.vector(of: [input])
        let tensors = self.outputs.enumerated().map { Self.write($1, id: $0, isOutput: true, to: &builder) }
        let outputs = builder.vector(of: tensors)
        let name = builder.string(networkName)
        let network = builder.table([.byte(networkID), .reference(name), .reference(inputs), .reference(outputs)])
        let networks = builder.vector(of: [network])
        let root = builder.table([.reference(networks)])
        return builder.finish(root: root)
    }

    private static func write(_ tensor: Tensor, id: Int, isOutput: Bool, to builder: inout FlatBufferBuilder) -> Int {
        let dimensions = tensor.dimensions.indices.map { index in
            builder.table([
                .byte(UInt8(truncatingIfNeeded: index)), .short(UInt16(truncatingIfNeeded: tensor.dimensions[index])),
                .byte(UInt8(truncatingIfNeeded: tensor.serialization[index])),
                .byte(UInt8(truncatingIfNeeded: tensor.padding[index])),
            ])
        }
        let list = builder.vector(of: dimensions)
        let name = builder.string(tensor.name)
        var fields: [FlatBufferBuilder.Field?] = [
            .byte(UInt8(truncatingIfNeeded: id)), .reference(name),
            .byte(UInt8(truncatingIfNeeded: tensor.dimensions.count)), .reference(list),
        ]
        if isOutput { fields.append(.byte(UInt8(truncatingIfNeeded: tensor.bitsPerElement))) }
        fields += [
            .short(UInt16(truncatingIfNeeded: tensor.shift)), .float(tensor.scale), .byte(tensor.isSigned ? 0 : 1),
        ]
        return builder.table(fields)
    }

    /// Reads the network with the id `networkID` from anyone's parameters.
    init(_ bytes: [UInt8], networkID: UInt8) throws(FlatBufferFault) {
        let root = try FlatBufferReader(bytes: bytes).root()
        var found: FlatBufferReader.Table?
        for network in try root.tables(0, limit: Self.countLimit) where try network.byte(0) == networkID {
            found = network
        }
        guard let found else { throw FlatBufferFault(byte: 0, detail: "there is no network \(networkID)") }
        self.networkID = networkID
        networkName = try found.string(1, limit: Self.nameLimit)
        guard let first = try found.tables(2, limit: Self.countLimit).first else {
            throw FlatBufferFault(byte: 0, detail: "there is no input tensor")
        }
        input = try Self.read(first, isOutput: false)
        outputs = []
        for table in try found.tables(3, limit: Self.countLimit) {
            outputs.append(try Self.read(table, isOutput: true))
        }
    }

    private static func read(_ table: FlatBufferReader.Table, isOutput: Bool) throws(FlatBufferFault) -> Tensor {
        let name = try table.string(1, limit: nameLimit)
        var (sizes, order, padding): ([Int], [Int], [Int]) = ([], [], [])
        for dimension in try table.tables(3, limit: countLimit) {
            sizes.append(Int(try dimension.short(1)))
            order.append(Int(try dimension.byte(2)))
            padding.append(Int(try dimension.byte(3)))
        }
        guard order.sorted() == Array(order.indices) else {
            throw FlatBufferFault(byte: 0, detail: "\(name): the serialization indices \(order) are no order")
        }
        let later = isOutput ? 1 : 0
        let bits = isOutput ? Int(try table.byte(4)) : 8
        guard [8, 16, 32].contains(bits) else {
            throw FlatBufferFault(byte: 0, detail: "\(name): elements of \(bits) bits, allowed are 8, 16 and 32")
        }
        guard !isOutput || padding.allSatisfy({ $0 == 0 }) else {
            throw FlatBufferFault(byte: 0, detail: "\(name): an output tensor has no padding")
        }
        return Tensor(
            name: name, dimensions: sizes, serialization: order, padding: padding, bitsPerElement: bits,
            shift: Int(try table.short(4 + later)), scale: try table.float(5 + later),
            isSigned: try table.byte(6 + later) == 0)
    }
}
