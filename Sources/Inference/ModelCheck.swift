internal import Graph
internal import ONNX
internal import Operators
package import Tensors

/// Runs test cases laid out as ONNX lays out its own: a folder with `model.onnx` and folders `test_data_set_N` with
/// `input_I.pb` and `output_I.pb`.
package struct ModelCheck {
    package enum Verdict: Equatable, Sendable {
        case passed
        case failed(String)
        /// The model needs something this build does not have.
        case unsupported(String)
    }

    package struct CaseOutcome: Sendable {
        /// The folder's name.
        package var name: String
        package var verdict: Verdict
    }

    /// |found − expected| ≤ absolute + relative · |expected| for floating-point elements; others must be equal.
    package struct Tolerance: Sendable {
        package var relative = 1e-3
        package var absolute = 1e-7

        package init() {}
    }

    /// Runs one case, or each case in a folder of cases, in order of name.
    ///
    /// - Throws: ``FileError`` when the folder cannot be read.
    package static func run(
        directory: String, tolerance: Tolerance = .init(), options: SessionOptions = .init()
    ) throws(FileError) -> [CaseOutcome] {
        let entries = try DirectoryListing.names(in: directory)
        if entries.contains("model.onnx") {
            return [outcome(directory, tolerance, options)]
        }
        return entries.filter { DirectoryListing.exists("\(directory)/\($0)/model.onnx") }
            .map { outcome("\(directory)/\($0)", tolerance, options) }
    }

    private static func outcome(
        _ directory: String, _ tolerance: Tolerance, _ options: SessionOptions
    ) -> CaseOutcome {
        let name = directory.split(separator: "/").last.map(String.init) ?? directory
        return CaseOutcome(name: name, verdict: verdict(directory, tolerance, options))
    }

    private static func verdict(_ directory: String, _ tolerance: Tolerance, _ options: SessionOptions) -> Verdict {
        do {
            let session = try Session(path: directory + "/model.onnx", options: options)
            let sets = try DirectoryListing.names(in: directory).filter { $0.hasPrefix("test_data_set_") }
            if sets.isEmpty { return .failed("no test_data_set_N") }
            for set in sets {
                let verdict = try verdict(session, directory, set, tolerance)
                guard verdict == .passed else { return verdict }
            }
            return .passed
        } catch let error as SessionError {
            return judge(error)
        } catch let error as GraphError {
            return judge(SessionError(error))
        } catch {
            return .failed("\(error)")
        }
    }

    private static func verdict(
        _ session: Session, _ directory: String, _ set: String, _ tolerance: Tolerance
    ) throws -> Verdict {
        let folder = "\(directory)/\(set)"
        var inputs: [String: Tensor] = [:]
        for (index, input) in session.inputs.enumerated() {
            inputs[input.name] = try read("\(folder)/input_\(index).pb", as: input.type.dataType)
        }
        let outputs = try fitting(session, inputs, directory).run(inputs)
        for (index, output) in session.outputs.enumerated()
        where DirectoryListing.exists("\(folder)/output_\(index).pb") {
            guard let found = outputs[output.name] else { return .failed("no output '\(output.name)'") }
            let expected = try read("\(folder)/output_\(index).pb", as: found.dataType)
            if let difference = difference(found, expected, tolerance) {
                return .failed("output '\(output.name)': \(difference)")
            }
        }
        return .passed
    }

    /// The session, or where a case's data has other shapes than its model declares (some of ONNX's own do), one for the
    /// data's: a case is about what operators compute.
    private static func fitting(
        _ session: Session, _ inputs: [String: Tensor], _ directory: String
    ) throws(SessionError) -> Session {
        var options = session.options
        for input in session.inputs {
            guard let declared = input.type.fixedShape, let found = inputs[input.name], found.shape != declared else {
                continue
            }
            options.inputShapes[input.name] = found.shape
        }
        return options.inputShapes.isEmpty ? session : try Session(path: directory + "/model.onnx", options: options)
    }

    private static func judge(_ error: SessionError) -> Verdict {
        switch error {
        case .graph(.unsupported), .graph(.unsupportedOperator), .format(.unsupported): .unsupported("\(error)")
        default: .failed("\(error)")
        }
    }

    /// ONNX's own test data writes bfloat16 elements as uint16.
    private static func read(_ path: String, as dataType: DataType) throws(GraphError) -> Tensor {
        do throws(ONNXFormatError) {
            let tensor = try ONNXTensor.load(path: path).makeTensor()
            guard tensor.dataType == .uint16, dataType == .bfloat16 else { return tensor }
            return Tensor(
                dataType: .bfloat16, shape: tensor.shape, storage: tensor.storage, byteOffset: tensor.byteOffset)
        } catch {
            throw .format(error)
        }
    }

    /// What sets two tensors apart; `nil` when they agree.
    static func difference(_ found: Tensor, _ expected: Tensor, _ tolerance: Tolerance) -> String? {
        guard found.dataType == expected.dataType, found.shape == expected.shape else {
            return "expected \(expected), found \(found)"
        }
        switch found.dataType {
        case .float32: return compare(found.array(of: Float.self), expected.array(of: Float.self), tolerance)
        case .float64: return compare(found.array(of: Double.self), expected.array(of: Double.self), tolerance)
        case .float16: return compare(found.array(of: Float16.self), expected.array(of: Float16.self), tolerance)
        case .bfloat16:
            // Two units in the last place, as ONNX's own runner takes it.
            var wide = tolerance
            wide.relative = max(wide.relative, 1.0 / 64)
            return compare(found.bfloat16Elements, expected.bfloat16Elements, wide)
        default:
            let differing = zip(found.bytes, expected.bytes).enumerated().first { $1.0 != $1.1 }
            return differing.map { "byte \($0.offset) differs" }
        }
    }

    private static func compare<Element: BinaryFloatingPoint>(
        _ found: [Element], _ expected: [Element], _ tolerance: Tolerance
    ) -> String? {
        for (index, (a, b)) in zip(found, expected).enumerated() {
            if a == b || (a.isNaN && b.isNaN) { continue }
            let error = abs(Double(a) - Double(b))
            if !(error <= tolerance.absolute + tolerance.relative * abs(Double(b))) {
                return "element \(index) is \(a), expected \(b)"
            }
        }
        return nil
    }
}

extension Tensor {
    fileprivate var bfloat16Elements: [Float] {
        (0..<elementCount).map {
            Float(bitPattern: UInt32(base.load(fromByteOffset: 2 * $0, as: UInt16.self)) << 16)
        }
    }
}
