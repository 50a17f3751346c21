internal import Graph
internal import Tensors

/// Checks that every operator makes of its node and of the extents and axes that a model brings.
extension NodeDescription {
    /// Elements an output may have.
    static let elementLimit = 1 << 31

    /// - Throws: ``GraphError/malformed(node:detail:)`` when the node has fewer or more inputs or outputs than the
    ///   operator takes, or leaves out a required one.
    func require(inputs: ClosedRange<Int>, outputs: ClosedRange<Int> = 1...1) throws(GraphError) {
        guard inputs.contains(hasInput.count), hasInput.prefix(inputs.lowerBound).allSatisfy({ $0 }) else {
            throw malformed("takes \(Self.text(inputs)) inputs, has \(hasInput.count(where: { $0 }))")
        }
        guard outputs.contains(hasOutput.count) else {
            throw malformed("makes \(Self.text(outputs)) outputs, has \(hasOutput.count)")
        }
    }

    private static func text(_ range: ClosedRange<Int>) -> String {
        if range.lowerBound == range.upperBound { return String(range.lowerBound) }
        return range.upperBound == .max ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    }

    /// A shape from computed extents.
    ///
    /// - Throws: ``GraphError`` when an extent is negative or there are more than ``elementLimit`` elements.
    func shape(_ extents: [Int]) throws(GraphError) -> Shape {
        if let negative = extents.first(where: { $0 < 0 }) { throw mismatch("an extent of \(negative)") }
        guard let count = Shape.checkedElementCount(of: extents) else {
            throw .limitExceeded(what: "elements of an output of '\(name)'", limit: Self.elementLimit, value: .max)
        }
        guard count <= Self.elementLimit else {
            throw .limitExceeded(what: "elements of an output of '\(name)'", limit: Self.elementLimit, value: count)
        }
        return Shape(extents)
    }

    /// The product of two extents or counts from the model.
    func product(_ a: Int, _ b: Int) throws(GraphError) -> Int {
        let (value, overflow) = a.multipliedReportingOverflow(by: b)
        guard !overflow else {
            throw .limitExceeded(what: "an extent of '\(name)'", limit: Self.elementLimit, value: .max)
        }
        return value
    }

    /// The sum of two extents or counts from the model.
    func sum(_ a: Int, _ b: Int) throws(GraphError) -> Int {
        let (value, overflow) = a.addingReportingOverflow(b)
        guard !overflow else {
            throw .limitExceeded(what: "an extent of '\(name)'", limit: Self.elementLimit, value: .max)
        }
        return value
    }

    /// An axis counted from the front; negative ones count from the back.
    func axis(_ axis: Int, rank: Int) throws(GraphError) -> Int {
        guard axis >= -rank, axis < rank else { throw mismatch("axis \(axis) of a value of rank \(rank)") }
        return axis < 0 ? axis + rank : axis
    }

    /// Axes counted from the front, each at most once, in the order given.
    func axes(_ axes: [Int], rank: Int) throws(GraphError) -> [Int] {
        var result: [Int] = []
        for entry in axes {
            let axis = try axis(entry, rank: rank)
            guard !result.contains(axis) else { throw mismatch("axis \(entry) occurs twice") }
            result.append(axis)
        }
        return result
    }

    /// The fact about a required input.
    func fact(_ inputs: [ValueFact?], _ index: Int) throws(GraphError) -> ValueFact {
        guard index < inputs.count, let fact = inputs[index] else { throw malformed("input \(index) is missing") }
        return fact
    }

    func optionalFact(_ inputs: [ValueFact?], _ index: Int) -> ValueFact? { index < inputs.count ? inputs[index] : nil }

    /// The elements of a tensor of whole numbers, as axes, extents and indices come.
    func integers(_ tensor: Tensor) throws(GraphError) -> [Int] {
        switch tensor.dataType {
        case .int64: return tensor.elements(as: Int64.self).map { Int($0) }
        case .int32: return tensor.elements(as: Int32.self).map { Int($0) }
        case .int16: return tensor.elements(as: Int16.self).map { Int($0) }
        case .int8: return tensor.elements(as: Int8.self).map { Int($0) }
        case .uint8: return tensor.elements(as: UInt8.self).map { Int($0) }
        case .uint16: return tensor.elements(as: UInt16.self).map { Int($0) }
        case .uint32: return tensor.elements(as: UInt32.self).map { Int($0) }
        default: throw mismatch("\(tensor.dataType) where whole numbers are expected")
        }
    }

    /// The one element of a tensor of whole numbers.
    func integer(_ tensor: Tensor) throws(GraphError) -> Int {
        let values = try integers(tensor)
        guard values.count == 1 else { throw mismatch("\(values.count) elements where one is expected") }
        return values[0]
    }

    /// The one element of a tensor of real or whole numbers.
    func number(_ tensor: Tensor) throws(GraphError) -> Double {
        guard tensor.elementCount == 1 else {
            throw mismatch("\(tensor.elementCount) elements where one is expected")
        }
        return try tensor.converted(to: .float64, node: self).array(of: Double.self)[0]
    }

    func sameType(_ a: DataType, _ b: DataType) throws(GraphError) {
        guard a == b else { throw mismatch("\(a) and \(b) do not go together") }
    }
}
