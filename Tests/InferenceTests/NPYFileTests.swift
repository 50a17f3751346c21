import Glibc
import Inference
import Tensors
import TestSupport
import Testing

@Suite("npy files")
struct NPYFileTests {
    @Test("what is written reads back", arguments: [[], [3], [2, 3], [0, 4]])
    func roundTrip(extents: [Int]) throws {
        let shape = Shape(extents)
        let tensor = Tensor((0..<shape.elementCount).map { Int64($0) - 1 }, shape: shape)
        let bytes = try NPYFile.encode(tensor)
        #expect(bytes.count % 64 == tensor.byteCount % 64)
        let back = try bytes.withUnsafeBytes { bytes throws(NPYError) in try NPYFile.read(bytes) }
        #expect(back.shape == shape)
        #expect(back.array(of: Int64.self) == tensor.array(of: Int64.self))
    }

    @Test("every byte of a boolean but 0 is true, and true is 1")
    func booleans() throws {
        var bytes = try NPYFile.encode(Tensor([true, false, true], shape: [3]))
        bytes[bytes.count - 3] = 2
        bytes[bytes.count - 1] = 255
        let tensor = try bytes.withUnsafeBytes { bytes throws(NPYError) in try NPYFile.read(bytes) }
        #expect(Array(tensor.bytes) == [1, 0, 1])
    }

    @Test("a file cut short at any byte throws")
    func truncation() throws {
        let bytes = try NPYFile.encode(Tensor([1, 2, 3] as [Float], shape: [3]))
        for length in bytes.indices {
            #expect(throws: NPYError.self) {
                try bytes[..<length].withUnsafeBytes { bytes throws(NPYError) in try NPYFile.read(bytes) }
            }
        }
    }

    @Test("big-endian and column-major files are unsupported")
    func unsupported() throws {
        let text = String(
            decoding: try NPYFile.encode(Tensor([1, 2] as [Float], shape: [1, 2])), as: Unicode.ASCII.self)
        #expect(text.contains("'<f4'"))
        let bytes = try NPYFile.encode(Tensor([1, 2] as [Float], shape: [1, 2]))
        for (from, to) in [("'<f4'", "'>f4'"), ("False", "True ")] {
            let changed = replacing(bytes, Array(from.utf8), Array(to.utf8))
            #expect(throws: NPYError.self) {
                try changed.withUnsafeBytes { bytes throws(NPYError) in try NPYFile.read(bytes) }
            }
        }
    }

    private func replacing(_ bytes: [UInt8], _ from: [UInt8], _ to: [UInt8]) -> [UInt8] {
        var result = bytes
        for start in bytes.indices where bytes[start...].starts(with: from) {
            result.replaceSubrange(start..<start + from.count, with: to)
        }
        return result
    }
}
