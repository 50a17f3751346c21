package import Graph
internal import Tensors

/// Where the int8 version of a network lies: `NAME.int8.onnx` beside `NAME.onnx`.
package enum QuantizedFile {
    package static func beside(_ path: String) -> String {
        (path.hasSuffix(".onnx") ? String(path.dropLast(5)) : path) + ".int8.onnx"
    }

    /// The file to load: where int8 is asked for and there is a version in int8, that, else the network itself, which may be
    /// quantised.
    package static func path(for precision: Precision, of path: String) -> String {
        let quantized = beside(path)
        return precision == .int8 && DirectoryListing.exists(quantized) ? quantized : path
    }

    /// What to do about a network that is to run in int8 and cannot.
    ///
    /// - Parameter model: as `fovea model` takes it.
    package static func advice(for model: String) -> String {
        "there is no int8 version of it; fovea model quantize \(model) --calibrate DIR makes one from pictures"
    }
}
