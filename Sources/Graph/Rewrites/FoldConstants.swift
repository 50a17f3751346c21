internal import Tensors

extension Graph {
    /// Computes node `index` now when its outputs follow from constants, or from its inputs' shapes alone, and fit the
    /// allowance. The outputs become constants; the caller removes the node.
    mutating func fold(
        _ index: Int, _ facts: [ValueFact?], _ types: [ValueType], _ limits: FoldLimits, _ allowance: inout Int
    ) throws(GraphError) -> Bool {
        let node = nodes[index]
        if let extents = Self.foldedShape(node.description, facts) {
            set(extents, node.outputs)
            return true
        }
        guard facts.allSatisfy({ $0 == nil || $0?.constant != nil }), node.subgraphs.isEmpty else { return false }
        if limits.keepsDequantization, node.description.op == "DequantizeLinear" { return false }
        guard let elements = Self.elementCount(node.description, facts, types),
            elements <= allowance,
            elements <= max(limits.elementsPerValue, Self.largestConstant(facts))
        else { return false }
        allowance -= elements
        let inputTypes = facts.map { $0?.type }
        let byteCount = node.op.workspaceByteCount(inputTypes, parallelism: 1)
        // What needs more than that is left to the run, which knows its limit.
        guard byteCount <= 1 << 28 else { return false }
        let workspace = ByteStorage(byteCount: byteCount, zeroed: false)
        let context = RunContext(
            inputs: facts.map { $0?.constant },
            outputs: [Tensor?](repeating: nil, count: max(node.outputs.count, types.count)),
            workspace: workspace.mutableBytes)
        try node.op.run(context)
        for (output, tensor) in zip(node.outputs, context.outputs) {
            guard let output else { continue }
            guard let tensor else { throw node.description.malformed("made no output") }
            values[output].constant = tensor
            values[output].type = ValueType(tensor.dataType, shape: tensor.shape)
        }
        return true
    }

    /// Elements of the largest input. What is made from it element by element, as float weights are from stored halves,
    /// takes no more memory than a small multiple of what the model brought along.
    private static func largestConstant(_ facts: [ValueFact?]) -> Int {
        facts.lazy.compactMap { $0?.constant?.elementCount }.max() ?? 0
    }

    private mutating func set(_ constant: Tensor, _ outputs: [Int?]) {
        guard let output = outputs.first ?? nil else { return }
        values[output].constant = constant
        values[output].type = ValueType(constant.dataType, shape: constant.shape)
    }

    /// The output of Shape or Size when the extents it asks for are fixed.
    private static func foldedShape(_ node: NodeDescription, _ facts: [ValueFact?]) -> Tensor? {
        guard node.domain.isEmpty, let dimensions = facts.first??.type.dimensions else { return nil }
        switch node.op {
        case "Size":
            guard let count = Shape.checkedElementCount(of: dimensions.map { $0.fixedExtent ?? -1 }) else { return nil }
            return Tensor(scalar: Int64(count))
        case "Shape":
            guard let start = try? node.int("start") ?? 0, let end = try? node.int("end") ?? dimensions.count else {
                return nil
            }
            let first = min(max(start < 0 ? start + dimensions.count : start, 0), dimensions.count)
            let last = min(max(end < 0 ? end + dimensions.count : end, first), dimensions.count)
            let extents = dimensions[first..<last].compactMap(\.fixedExtent)
            guard extents.count == last - first else { return nil }
            return Tensor(extents.map(Int64.init), shape: [extents.count])
        default: return nil
        }
    }

    /// Elements of all outputs, or of what bounds them; `nil` when nothing does.
    private static func elementCount(
        _ node: NodeDescription, _ facts: [ValueFact?], _ types: [ValueType]
    ) -> Int? {
        if node.domain.isEmpty, node.op == "NonZero", let type = facts.first??.type, let shape = type.fixedShape {
            return Shape.checkedElementCount(of: shape.dimensions + [max(1, shape.rank)])
        }
        var total = 0
        for type in types {
            guard let shape = type.fixedShape, let count = Shape.checkedElementCount(of: shape.dimensions) else {
                return nil
            }
            let (sum, overflow) = total.addingReportingOverflow(count)
            if overflow { return nil }
            total = sum
        }
        return types.isEmpty ? nil : total
    }
}
