import Pipeline
import Tensors

/// The classification extension: the best classes of an output in place of its numbers.
struct ClassNames {
    /// `[classes]`, or `[rows, classes]`.
    var shape: [Int]
    /// `score:index`, or `score:index:label` where the model's labels are known.
    var strings: [String]

    /// - Parameter count: classes to name for each row.
    /// - Throws: 400 for an output that has no scores.
    init(_ tensor: Tensor, count: Int, labels: [String]) throws(Problem) {
        let extents = tensor.shape.dimensions
        guard let classes = extents.last, classes > 0, let scores = Self.scores(tensor) else {
            throw .malformed("classification is for outputs of numbers with an axis of classes, not \(tensor)")
        }
        let rows = scores.count / classes
        let named = min(count, classes)
        shape = Array(extents.dropLast()) + [named]
        strings = (0..<rows).flatMap { row in
            let range = row * classes..<(row + 1) * classes
            // The first of equals goes first, as with a stable sort.
            let best = range.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }.prefix(named)
            return best.map { place in
                let index = place - row * classes
                let label = labels.count == classes ? ":\(labels[index])" : ""
                return "\(Self.decimal(scores[place])):\(index)\(label)"
            }
        }
    }

    private static func scores(_ tensor: Tensor) -> [Double]? {
        switch tensor.dataType {
        case .float32: tensor.elements(as: Float.self).map(Double.init)
        case .float64: tensor.array(of: Double.self)
        case .float16: tensor.elements(as: Float16.self).map(Double.init)
        case .uint8: tensor.elements(as: UInt8.self).map(Double.init)
        case .int8: tensor.elements(as: Int8.self).map(Double.init)
        case .uint16: tensor.elements(as: UInt16.self).map(Double.init)
        case .int16: tensor.elements(as: Int16.self).map(Double.init)
        case .uint32: tensor.elements(as: UInt32.self).map(Double.init)
        case .int32: tensor.elements(as: Int32.self).map(Double.init)
        case .uint64: tensor.elements(as: UInt64.self).map(Double.init)
        case .int64: tensor.elements(as: Int64.self).map(Double.init)
        default: nil
        }
    }

    /// Six digits behind the point, as other servers write it.
    private static func decimal(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        let millionths = Int64((value * 1e6).rounded())
        let digits = String(millionths.magnitude)
        let padded = String(repeating: "0", count: max(0, 7 - digits.count)) + digits
        return (millionths < 0 ? "-" : "") + padded.dropLast(6) + "." + padded.suffix(6)
    }
}
