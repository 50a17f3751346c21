import Graph
import Inference
import ONNX
import Tensors

#if canImport(Glibc)
import Glibc
#endif

/// One of ONNX's node test cases: a folder with `model.onnx` and folders of inputs and expected outputs.
struct NodeCase {
    enum Outcome: CustomStringConvertible {
        case pass
        case unsupported(String)
        case fail(String)

        var description: String {
            switch self {
            case .pass: "pass"
            case .unsupported(let reason): "unsupported: \(reason)"
            case .fail(let reason): "fail: \(reason)"
            }
        }
    }

    static let root = "/usr/share/libonnx-testdata/data/node"
    static var areInstalled: Bool { access(root, R_OK) == 0 }

    /// Names of all cases, sorted.
    static var names: [String] { entries(of: root).filter { access("\(root)/\($0)/model.onnx", R_OK) == 0 } }

    let name: String
    private var directory: String { "\(Self.root)/\(name)" }

    func run() -> Outcome {
        do {
            let session = try Session(path: "\(directory)/model.onnx")
            for set in Self.entries(of: directory) where set.hasPrefix("test_data_set_") {
                if let difference = try run(session, set: "\(directory)/\(set)") { return .fail(difference) }
            }
            return .pass
        } catch let error as SessionError {
            return Self.outcome(error.description)
        } catch {
            return Self.outcome("\(error)")
        }
    }

    private static func outcome(_ message: String) -> Outcome {
        message.contains("upported") ? .unsupported(message) : .fail(message)
    }

    private func run(_ session: Session, set: String) throws -> String? {
        var inputs: [String: Tensor] = [:]
        for (index, port) in session.inputs.enumerated() where access("\(set)/input_\(index).pb", R_OK) == 0 {
            inputs[port.name] = try Self.load("\(set)/input_\(index).pb", as: port.type.dataType)
        }
        let outputs = try session.run(inputs)
        for (index, port) in session.outputs.enumerated() where access("\(set)/output_\(index).pb", R_OK) == 0 {
            guard let found = outputs[port.name] else { return "no output \(port.name)" }
            let expected = try Self.load("\(set)/output_\(index).pb", as: found.dataType)
            if let difference = Self.difference(found, expected) { return "output \(index): \(difference)" }
        }
        return nil
    }

    /// The test data writes bfloat16 as uint16.
    private static func load(_ path: String, as dataType: DataType) throws -> Tensor {
        let tensor = try ONNXTensor.load(path: path).makeTensor()
        guard tensor.dataType == .uint16, dataType == .bfloat16 else { return tensor }
        return Tensor(dataType: .bfloat16, shape: tensor.shape, storage: tensor.storage, byteOffset: tensor.byteOffset)
    }

    /// How two tensors differ beyond the tolerance of ONNX's own runner (relative 1e-3, absolute 1e-7); `nil` when they
    /// agree.
    static func difference(_ found: Tensor, _ expected: Tensor) -> String? {
        guard found.dataType == expected.dataType, found.shape == expected.shape else {
            return "expected \(expected), found \(found)"
        }
        let a = numbers(found), b = numbers(expected)
        for index in a.indices where !(a[index] == b[index] || (a[index].isNaN && b[index].isNaN)) {
            let limit = expected.dataType.isFloatingPoint ? 1e-7 + 1e-3 * b[index].magnitude : 0
            if !((a[index] - b[index]).magnitude <= limit) {
                return "element \(index) is \(a[index]), expected \(b[index])"
            }
        }
        return nil
    }

    private static func numbers(_ tensor: Tensor) -> [Double] {
        switch tensor.dataType {
        case .float32: tensor.elements(as: Float.self).map(Double.init)
        case .float64: tensor.array(of: Double.self)
        case .float16: tensor.elements(as: Float16.self).map(Double.init)
        case .int8: tensor.elements(as: Int8.self).map(Double.init)
        case .int16: tensor.elements(as: Int16.self).map(Double.init)
        case .int32: tensor.elements(as: Int32.self).map(Double.init)
        case .int64: tensor.elements(as: Int64.self).map(Double.init)
        case .uint8: tensor.elements(as: UInt8.self).map(Double.init)
        case .uint16: tensor.elements(as: UInt16.self).map(Double.init)
        case .uint32: tensor.elements(as: UInt32.self).map(Double.init)
        case .uint64: tensor.elements(as: UInt64.self).map(Double.init)
        case .bfloat16:
            (0..<tensor.elementCount).map { index in
                let bits = tensor.base.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                return Double(Float(bitPattern: UInt32(bits) << 16))
            }
        default: tensor.bytes.map(Double.init)
        }
    }

    private static func entries(of directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
