package import Tensors

/// Why a file cannot be read as an ONNX model or tensor. Offsets count bytes from the start of the file.
package enum ONNXFormatError: Error, Equatable, Sendable {
    /// The bytes end inside a field, or a length points past the end of its message.
    case truncated(offset: Int)
    /// The bytes contradict the protobuf wire format or the ONNX schema.
    case malformed(offset: Int, detail: String)
    /// Valid ONNX that this reader does not take: sparse tensors, sequences, string tensors, new element types.
    case unsupported(offset: Int, detail: String)
    case limitExceeded(what: String, limit: Int, value: Int)
    /// A tensor names a data file that is missing, too short, or outside the model's folder.
    case externalData(tensor: String, detail: String)
    case file(FileError)
}

extension ONNXFormatError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated(let offset): "ONNX: the data ends inside the field at byte \(offset)"
        case .malformed(let offset, let detail): "ONNX: at byte \(offset): \(detail)"
        case .unsupported(let offset, let detail): "ONNX: at byte \(offset): not supported: \(detail)"
        case .limitExceeded(let what, let limit, let value): "ONNX: \(what) is \(value), the limit is \(limit)"
        case .externalData(let tensor, let detail): "ONNX: external data of tensor '\(tensor)': \(detail)"
        case .file(let error): error.description
        }
    }
}
