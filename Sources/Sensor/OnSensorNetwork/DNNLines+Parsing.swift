import FlatBuffers

extension DNNLines {
    /// Reads the lines below a picture, from anyone.
    ///
    /// - Throws: `badLines` that says which byte is wrong and how.
    package init(parsing bytes: [UInt8]) throws(SensorError) {
        guard bytes.count >= 3 * Self.lineByteCount, bytes.count % Self.lineByteCount == 0 else {
            throw .badLines(
                byte: 0, detail: "\(bytes.count) bytes are not three or more lines of \(Self.lineByteCount)")
        }
        let inputHeader = try Header(bytes, at: Self.lineByteCount, .input)
        var place = 2 * Self.lineByteCount
        let input = try Self.input(inputHeader.parameters.input, bytes, at: &place)
        // Empty lines may follow: the output begins where its header says so.
        while place < bytes.count, !inputHeader.isFollowedByOutput(bytes, at: place) { place += Self.lineByteCount }
        let header = try Header(bytes, at: place, .output)
        place += Self.lineByteCount
        var outputs: [DNNTensor] = []
        for output in header.parameters.outputs { outputs.append(try Self.output(output, bytes, at: &place)) }
        try self.init(
            networkID: UInt16(header.networkID), networkName: header.parameters.networkName,
            frameCount: header.frameCount, input: input, outputs: outputs, networkTime: Self.word(bytes, 36),
            processorTime: Self.word(bytes, 40))
        isValid = header.isValid
    }

    private struct Header {
        var isValid: Bool
        var frameCount: UInt8
        var parameterByteCount: Int
        var networkID: UInt8
        var parameters: DNNParameters

        init(_ bytes: [UInt8], at place: Int, _ kind: Kind) throws(SensorError) {
            guard place + lineByteCount <= bytes.count else {
                throw .badLines(byte: place, detail: "there is no header of \(kind) tensors")
            }
            guard bytes[place + 8] == kind.rawValue else {
                throw .badLines(byte: place + 8, detail: "is kind \(bytes[place + 8]), not \(kind.rawValue) (\(kind))")
            }
            isValid = bytes[place] == 1
            frameCount = bytes[place + 1]
            parameterByteCount = DNNLines.short(bytes, place + 4)
            guard let networkID = UInt8(exactly: DNNLines.short(bytes, place + 6)) else {
                throw .badLines(byte: place + 6, detail: "network \(DNNLines.short(bytes, place + 6)) is above 255")
            }
            self.networkID = networkID
            guard DNNLines.short(bytes, place + 2) == lineByteCount else {
                throw .badLines(
                    byte: place + 2,
                    detail: "\(DNNLines.short(bytes, place + 2)) bytes of a line are in use, not \(lineByteCount)")
            }
            let start = place + headerByteCount
            guard headerByteCount + parameterByteCount <= lineByteCount else {
                throw .badLines(byte: place + 4, detail: "\(parameterByteCount) bytes of parameters pass the line")
            }
            do throws(FlatBufferFault) {
                parameters = try DNNParameters(
                    Array(bytes[start..<start + parameterByteCount]), networkID: networkID)
            } catch {
                throw .badLines(byte: start + error.byte, detail: error.detail)
            }
        }

        /// Whether the output's header of the same frame and network begins here.
        func isFollowedByOutput(_ bytes: [UInt8], at place: Int) -> Bool {
            bytes[place + 1] == frameCount && DNNLines.short(bytes, place + 4) == parameterByteCount
                && DNNLines.short(bytes, place + 2) == lineByteCount && bytes[place + 8] == Kind.output.rawValue
        }
    }

    private static func input(
        _ parameters: DNNParameters.Tensor, _ bytes: [UInt8], at place: inout Int
    ) throws(SensorError) -> DNNTensor {
        guard parameters.dimensions.count == 3, parameters.serialization == [2, 1, 0] else {
            throw .badLines(byte: place, detail: "the input tensor is not planar: channels, rows, columns")
        }
        let (channels, height, width) = (parameters.dimensions[0], parameters.dimensions[1], parameters.dimensions[2])
        guard [1, 3, 4].contains(channels), (1...inputLimit.height).contains(height),
            (1...inputLimit.width).contains(width)
        else { throw .badLines(byte: place, detail: "an input tensor of \(parameters.dimensions)") }
        // 255 bytes of padding at most each way: none of these products is large.
        let stride = width + parameters.padding[2]
        let plane = stride * (height + parameters.padding[1])
        guard plane * channels <= bytes.count - place else {
            throw .badLines(byte: place, detail: "the input tensor passes the end")
        }
        var packed: [UInt8] = []
        packed.reserveCapacity(channels * height * width)
        for channel in 0..<channels {
            for row in 0..<height {
                let start = place + channel * plane + row * stride
                packed += bytes[start..<start + width]
            }
        }
        place += wholeLines(plane * channels)
        return tensor(parameters, packed)
    }

    private static func output(
        _ parameters: DNNParameters.Tensor, _ bytes: [UInt8], at place: inout Int
    ) throws(SensorError) -> DNNTensor {
        var count = parameters.bitsPerElement / 8
        for size in parameters.dimensions {
            // At most the lines' size times 65,535 before it is checked.
            count *= size
            guard count <= bytes.count else {
                throw .badLines(byte: place, detail: "tensor \(parameters.name) is larger than the lines")
            }
        }
        guard place <= bytes.count, count <= bytes.count - place else {
            throw .badLines(byte: place, detail: "tensor \(parameters.name) passes the end")
        }
        let tensor = tensor(parameters, Array(bytes[place..<place + count]))
        place += wholeLines(count)
        return tensor
    }

    private static func tensor(_ parameters: DNNParameters.Tensor, _ bytes: [UInt8]) -> DNNTensor {
        DNNTensor(
            name: parameters.name, dimensions: parameters.dimensions, serialization: parameters.serialization,
            bitsPerElement: parameters.bitsPerElement, shift: parameters.shift, scale: parameters.scale,
            isSigned: parameters.isSigned, bytes: bytes)
    }

    private static func wholeLines(_ count: Int) -> Int {
        (count + lineByteCount - 1) / lineByteCount * lineByteCount
    }

    private static func short(_ bytes: [UInt8], _ place: Int) -> Int {
        Int(bytes[place]) | Int(bytes[place + 1]) << 8
    }

    private static func word(_ bytes: [UInt8], _ place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) }
    }
}
