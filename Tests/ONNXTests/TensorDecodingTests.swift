import Glibc
import ONNX
import Tensors
import TestSupport
import Testing

@Suite("ONNX tensors")
struct TensorDecodingTests {
    private func decode(_ write: (inout ProtoWriter) -> Void) throws(ONNXFormatError) -> Tensor {
        var writer = ProtoWriter()
        write(&writer)
        return try ONNXTensor(storage: ByteStorage(writer.bytes)).makeTensor()
    }

    @Test("raw data at an odd address becomes aligned elements")
    func unalignedRaw() throws {
        for padding in 0..<5 {
            let tensor = try decode { writer in
                writer.string(12, String(repeating: "x", count: padding))
                ONNXBuilder.write(&writer, Tensor([1.5, -2, 3] as [Float], shape: [3]), name: "t")
            }
            #expect(tensor.array(of: Float.self) == [1.5, -2, 3])
            #expect(UInt(bitPattern: tensor.base) % 64 == 0)
        }
    }

    @Test("typed fields read alike packed and one by one")
    func packedAndUnpacked() throws {
        let unpacked = try decode { writer in
            writer.int(1, 2)
            writer.int(2, 1)
            writer.float(4, 1)
            writer.float(4, -0.5)
        }
        #expect(unpacked.array(of: Float.self) == [1, -0.5])
        let packed = try decode { writer in
            writer.data(1, [2])
            writer.int(2, Int(DataType.int64.rawValue))
            var elements = ProtoWriter()
            elements.rawVarint(3)
            elements.rawVarint(UInt64(bitPattern: -1))
            writer.data(7, elements.bytes)
        }
        #expect(packed.array(of: Int64.self) == [3, -1])
    }

    @Test("small integer types come out of int32_data with their sign")
    func smallIntegers() throws {
        let signed = try decode { writer in
            writer.int(1, 2)
            writer.int(2, Int(DataType.int8.rawValue))
            writer.int(5, -7)
            writer.int(5, 127)
        }
        #expect(signed.array(of: Int8.self) == [-7, 127])
        let half = try decode { writer in
            writer.int(2, Int(DataType.float16.rawValue))
            writer.int(5, Int(Float16(1.5).bitPattern))
        }
        #expect(half.array(of: Float16.self) == [1.5])
    }

    @Test("too few or too many bytes are malformed, before memory is set aside")
    func wrongCounts() {
        #expect(throws: ONNXFormatError.self) {
            try decode { writer in
                writer.int(1, 1 << 30)
                writer.int(2, 1)
                writer.data(9, [0, 0, 0, 0])
            }
        }
        #expect(throws: ONNXFormatError.self) {
            try decode { writer in
                writer.int(1, 1 << 30)
                writer.int(2, 7)
                writer.int(7, 1)
            }
        }
    }

    @Test("negative and overflowing extents throw", arguments: [[-1], [1 << 40, 1 << 40], [1 << 31, 2]])
    func badExtents(extents: [Int]) {
        #expect(throws: ONNXFormatError.self) {
            try decode { writer in
                for extent in extents { writer.int(1, extent) }
                writer.int(2, 1)
            }
        }
    }

    @Test("strings and unknown element types are unsupported, not malformed", arguments: [8, 29, 99])
    func unsupportedTypes(code: Int) {
        do throws(ONNXFormatError) {
            _ = try decode { $0.int(2, code) }
            Issue.record("decoded")
        } catch {
            guard case .unsupported = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("external data is read inside the folder and refused outside of it")
    func externalData() throws {
        var template = Array("/tmp/fovea-onnx-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer {
            for name in ["model/data.bin", "model/link.bin", "outside.bin"] { unlink("\(folder)/\(name)") }
            rmdir("\(folder)/model")
            rmdir(folder)
        }
        mkdir("\(folder)/model", 0o700)
        for name in ["model/data.bin", "outside.bin"] {
            let file = try #require(fopen("\(folder)/\(name)", "wb"))
            fwrite([9, 9, 9, 9, 1, 2, 3, 4] as [UInt8], 1, 8, file)
            fclose(file)
        }
        symlink("\(folder)/outside.bin", "\(folder)/model/link.bin")

        func read(_ location: String, offset: String = "4", length: String = "4") throws(ONNXFormatError) -> [UInt8] {
            var writer = ProtoWriter()
            writer.int(1, 4)
            writer.int(2, Int(DataType.uint8.rawValue))
            for (key, value) in [("location", location), ("offset", offset), ("length", length)] {
                writer.message(13) {
                    $0.string(1, key)
                    $0.string(2, value)
                }
            }
            writer.int(14, 1)
            return try ONNXTensor(storage: ByteStorage(writer.bytes)).makeTensor(directory: "\(folder)/model")
                .array(of: UInt8.self)
        }
        #expect(try read("data.bin") == [1, 2, 3, 4])
        for path in ["../outside.bin", "\(folder)/outside.bin", "link.bin", "./../outside.bin", "", "missing.bin"] {
            #expect(throws: ONNXFormatError.self) { try read(path) }
        }
        #expect(throws: ONNXFormatError.self) { try read("data.bin", offset: "6") }
        #expect(throws: ONNXFormatError.self) { try read("data.bin", offset: "-1") }
        #expect(throws: ONNXFormatError.self) { try read("data.bin", length: "9223372036854775807") }
    }
}
