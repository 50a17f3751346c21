import Pipeline
import Tensors

/// Tensors as bytes: little-endian, row by row, without padding; strings of bytes each behind its length in four bytes.
enum BinaryTensor {
    /// - Throws: 400 when the bytes are not what type and shape say.
    static func input(
        name: String, type: WireType, shape: [Int], _ bytes: UnsafeRawBufferPointer
    ) throws(Problem) -> TensorRequest.Input {
        guard let count = Shape.checkedElementCount(of: shape) else {
            throw Problem.malformed("input '\(name)': the shape \(shape) has too many elements", field: "inputs")
        }
        guard let dataType = type.dataType, let width = dataType.byteWidth else {
            let blocks = try blocks(name: name, bytes)
            guard blocks.count == count else {
                throw Problem.malformed(
                    "input '\(name)': \(blocks.count) elements where the shape \(shape) has \(count)", field: "inputs")
            }
            return .pictures(blocks.map { FrameInput(bytes: $0) })
        }
        guard count.multipliedReportingOverflow(by: width) == (bytes.count, false) else {
            throw Problem.malformed(
                "input '\(name)': \(bytes.count) bytes where \(type.rawValue)\(shape) has \(count) elements of \(width)",
                field: "inputs")
        }
        if dataType == .bool, bytes.contains(where: { $0 > 1 }) {
            throw Problem.malformed("input '\(name)': a byte of BOOL is neither 0 nor 1", field: "inputs")
        }
        return .tensor(Tensor(dataType: dataType, shape: Shape(shape), storage: ByteStorage(copying: bytes)))
    }

    private static func blocks(name: String, _ bytes: UnsafeRawBufferPointer) throws(Problem) -> [ByteStorage] {
        var blocks: [ByteStorage] = []
        var offset = 0
        while offset < bytes.count {
            guard bytes.count - offset >= 4 else { throw ended(name) }
            let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            offset += 4
            guard length <= bytes.count - offset else { throw ended(name) }
            guard blocks.count < maximumBlocks else {
                throw Problem.tooMany("number of BYTES elements", limit: maximumBlocks, value: blocks.count + 1)
            }
            blocks.append(ByteStorage(copying: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])))
            offset += length
        }
        return blocks
    }

    /// More pictures in one request than any network runs at once.
    private static let maximumBlocks = 1024

    private static func ended(_ name: String) -> Problem {
        .malformed("input '\(name)': the bytes end inside an element", field: "inputs")
    }

    /// Strings as the protocol's BYTES.
    static func bytes(of strings: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for string in strings {
            withUnsafeBytes(of: UInt32(string.utf8.count).littleEndian) { bytes += $0 }
            bytes += string.utf8
        }
        return bytes
    }
}
