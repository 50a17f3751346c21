package import Graph
package import ONNX
package import Tensors

/// Why a model cannot be loaded.
package enum SessionError: Error, Equatable, Sendable {
    case file(FileError)
    case format(ONNXFormatError)
    case graph(GraphError)
    /// int8 was asked for, and the network has no quantised operators.
    case notQuantized

    init(_ error: ONNXFormatError) {
        if case .file(let error) = error { self = .file(error) } else { self = .format(error) }
    }

    init(_ error: GraphError) {
        if case .format(let error) = error { self.init(error) } else { self = .graph(error) }
    }
}

extension SessionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let error): error.description
        case .format(let error): error.description
        case .graph(let error): error.description
        case .notQuantized: "the network is not quantised, so it cannot run in int8"
        }
    }
}
