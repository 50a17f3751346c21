package import Graph
internal import Tensors

/// ONNX `Reshape`. The shape is input 1 (an attribute before opset 5); 0 copies the input's extent unless `allowzero`, -1
/// takes what is left.
package struct Reshape: Operator {
    package static let opType = "Reshape"
    private let node: NodeDescription
    private let fixedShape: [Int]?
    private let allowsZero: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        if node.opset < 5 {
            try node.require(inputs: 1...1)
            guard let shape = try node.ints("shape") else { throw node.malformed("attribute 'shape' is missing") }
            fixedShape = shape
        } else {
            try node.require(inputs: 2...2)
            fixedShape = nil
        }
        allowsZero = try node.int("allowzero") ?? 0 != 0
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        var target = fixedShape
        if target == nil {
            let shape = try node.fact(inputs, 1)
            target = try shape.integers(node)
            if target == nil {
                let rank = shape.dimensions?.first?.fixedExtent
                guard let rank, rank >= 0, rank <= 64 else { return [ValueType(data.dataType, nil)] }
                return [ValueType(data.dataType, .unknown(rank: rank))]
            }
        }
        guard let target else { return [ValueType(data.dataType, nil)] }
        if let shape = data.type.fixedShape {
            return [ValueType(data.dataType, shape: try resolve(target, shape))]
        }
        return [ValueType(data.dataType, symbolic(target, data.dimensions))]
    }

    /// The new dimensions when some extents of the input are not known.
    private func symbolic(_ target: [Int], _ input: [Dimension]?) -> [Dimension] {
        var result: [Dimension] = target.enumerated().map { index, extent in
            if extent > 0 || (extent == 0 && allowsZero) { return .fixed(extent) }
            if extent == 0, let input, index < input.count { return input[index] }
            return .unknown
        }
        // The part of the input not accounted for, when each unknown extent is passed through by name.
        if let free = target.firstIndex(of: -1), var left = input {
            var others = result
            others.remove(at: free)
            others.removeAll { dimension in
                guard dimension != .unknown, dimension.fixedExtent == nil, let at = left.firstIndex(of: dimension)
                else { return false }
                left.remove(at: at)
                return true
            }
            let symbols = left.filter { $0.fixedExtent == nil }
            if case .fixed(let divisor) = product(others), divisor > 0,
                case .fixed(let total) = product(left.filter { $0.fixedExtent != nil }), total % divisor == 0
            {
                if symbols.isEmpty { result[free] = .fixed(total / divisor) }
                if symbols.count == 1, total == divisor { result[free] = symbols[0] }
            }
        }
        return result
    }

    private func resolve(_ target: [Int], _ input: Shape) throws(GraphError) -> Shape {
        var extents = target
        var free: Int?
        for (index, extent) in target.enumerated() {
            if extent == 0, !allowsZero {
                guard index < input.rank else { throw node.mismatch("extent 0 at axis \(index) of \(input)") }
                extents[index] = input[index]
            } else if extent == -1 {
                guard free == nil else { throw node.mismatch("two extents of -1 in \(target)") }
                free = index
            }
        }
        if let free {
            extents[free] = 1
            let rest = try node.shape(extents).elementCount
            guard rest > 0 ? input.elementCount % rest == 0 : input.elementCount == 0 else {
                throw node.mismatch("\(input) does not reshape to \(target)")
            }
            extents[free] = rest > 0 ? input.elementCount / rest : 0
        }
        let shape = try node.shape(extents)
        guard shape.elementCount == input.elementCount else {
            throw node.mismatch("\(input) does not reshape to \(target)")
        }
        return shape
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let data = context.input(0)
        let target = if let fixedShape { fixedShape } else { try node.integers(context.input(1)) }
        context.setOutput(0, data.reshaped(try resolve(target, data.shape)))
    }
}
