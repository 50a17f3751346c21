/// The lines that an IMX500 sends below a picture, 2,560 bytes each: one of performance figures, then the input tensor, the
/// output tensors, and one of picture quality, which is empty here (Raspberry Pi's libcamera, `imx500_tensor_parser`).
package struct DNNLines: Sendable, Equatable {
    package static let lineByteCount = 2560
    static let headerByteCount = 12
    /// The largest input tensor.
    package static let inputLimit = (width: 1280, height: 960)
    /// Rows of the input tensor begin at multiples of so many bytes.
    static let inputRowAlignment = 32

    enum Kind: UInt8 {
        case input = 0
        case output = 1
    }

    /// 0…255: it must be found again among the parameters, where it is a byte.
    package var networkID: UInt16
    package var networkName: String
    /// Counts frames, and wraps round.
    package var frameCount: UInt8
    /// Whether the tensors are this frame's: a network slower than the frames leaves some without.
    package var isValid = true
    /// Unsigned bytes, planar: channels, rows, columns.
    package var input: DNNTensor
    package var outputs: [DNNTensor]
    /// Microseconds that the network and the signal processor took.
    package var networkTime: UInt32
    package var processorTime: UInt32

    /// - Throws: `badNetwork` for tensors that the lines cannot carry, or that libcamera would not take from them.
    package init(
        networkID: UInt16, networkName: String, frameCount: UInt8, input: DNNTensor, outputs: [DNNTensor],
        networkTime: UInt32 = 0, processorTime: UInt32 = 0
    ) throws(SensorError) {
        self.networkID = networkID
        self.networkName = networkName
        self.frameCount = frameCount
        self.input = input
        self.outputs = outputs
        self.networkTime = networkTime
        self.processorTime = processorTime
        func bad(_ detail: String) -> SensorError { .badNetwork(name: networkName, detail: detail) }
        guard networkID <= 255 else { throw bad("its id is \(networkID), the limit is 255") }
        guard input.dimensions.count == 3, [1, 3, 4].contains(input.dimensions[0]),
            (1...Self.inputLimit.height).contains(input.dimensions[1]),
            (1...Self.inputLimit.width).contains(input.dimensions[2]), input.serialization == [2, 1, 0],
            input.bitsPerElement == 8, input.bytes.count == input.elementCount
        else {
            throw bad(
                "it looks at \(input.dimensions) values; the sensor gives it 1, 3 or 4 planes of at most "
                    + "\(Self.inputLimit.width)×\(Self.inputLimit.height)")
        }
        guard (1...DNNParameters.countLimit).contains(outputs.count) else {
            throw bad("it has \(outputs.count) outputs, allowed are 1 to \(DNNParameters.countLimit)")
        }
        for output in outputs {
            guard (1...DNNParameters.countLimit).contains(output.dimensions.count),
                output.dimensions.allSatisfy({ (1...65_535).contains($0) })
            else {
                throw bad(
                    "output \(output.name) is \(output.dimensions); the sensor sends 1 to \(DNNParameters.countLimit) "
                        + "dimensions of 1 to 65535")
            }
        }
        let count = DNNParameters(self).bytes.count
        // libcamera looks for the tensor in the line after the header's first.
        guard count <= Self.lineByteCount - Self.headerByteCount else {
            throw bad(
                "the names and shapes of its tensors take \(count) bytes, the limit is "
                    + "\(Self.lineByteCount - Self.headerByteCount)")
        }
    }

    /// Bytes after each row of the input tensor.
    var inputRowPadding: Int {
        let rest = (input.dimensions.last ?? 0) % Self.inputRowAlignment
        return rest == 0 ? 0 : Self.inputRowAlignment - rest
    }

    /// All lines, one after another.
    package var bytes: [UInt8] {
        var performance = [UInt8](repeating: 0, count: Self.lineByteCount)
        // Words 9 and 10 of the line.
        Self.store(networkTime, in: &performance, at: 36)
        Self.store(processorTime, in: &performance, at: 40)
        let parameters = DNNParameters(self).bytes
        var bytes = performance
        bytes += header(.input, parameters)
        bytes += Self.lines(of: paddedInput)
        bytes += header(.output, parameters)
        for output in outputs { bytes += Self.lines(of: output.bytes) }
        return bytes + [UInt8](repeating: 0, count: Self.lineByteCount)
    }

    private var paddedInput: [UInt8] {
        let width = input.dimensions[2]
        guard inputRowPadding > 0 else { return input.bytes }
        let padding = [UInt8](repeating: 0, count: inputRowPadding)
        var bytes: [UInt8] = []
        for row in stride(from: 0, to: input.bytes.count, by: width) {
            bytes += input.bytes[row..<row + width] + padding
        }
        return bytes
    }

    /// The line that a kind of tensor begins with: frame valid, frame count, bytes of a line in use, bytes of parameters,
    /// network, kind; then the parameters.
    private func header(_ kind: Kind, _ parameters: [UInt8]) -> [UInt8] {
        var header: [UInt8] = [isValid ? 1 : 0, frameCount]
        for value in [UInt16(Self.lineByteCount), UInt16(truncatingIfNeeded: parameters.count), networkID] {
            header += [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
        }
        header.append(kind.rawValue)
        header += [UInt8](repeating: 0, count: Self.headerByteCount - header.count)
        return Self.lines(of: header + parameters)
    }

    private static func lines(of bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (lineByteCount - bytes.count % lineByteCount) % lineByteCount)
    }

    private static func store(_ value: UInt32, in bytes: inout [UInt8], at place: Int) {
        for byte in 0..<4 { bytes[place + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(byte))) }
    }
}
