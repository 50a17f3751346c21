package import Graph
internal import Tensors

/// ONNX `Concat`: joins tensors along one axis.
package struct Concat: Operator {
    package static let opType = "Concat"
    let node: NodeDescription
    let axis: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...Int.max)
        guard node.hasInput.allSatisfy({ $0 }) else { throw node.malformed("an input is left out") }
        self.node = node
        guard let axis = try node.int("axis") ?? (node.opset < 4 ? 1 : nil) else {
            throw node.malformed("attribute 'axis' is missing")
        }
        self.axis = axis
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let first = try node.fact(inputs, 0)
        var parts: [[Dimension]] = []
        for index in inputs.indices {
            let fact = try node.fact(inputs, index)
            try node.sameType(first.dataType, fact.dataType)
            guard let dimensions = fact.dimensions else {
                return [ValueType(first.dataType, first.dimensions.map { .unknown(rank: $0.count) })]
            }
            guard dimensions.count == parts.first?.count ?? dimensions.count else {
                throw node.mismatch("inputs of rank \(parts[0].count) and \(dimensions.count)")
            }
            parts.append(dimensions)
        }
        var result = parts[0]
        let axis = try node.axis(axis, rank: result.count)
        for part in parts.dropFirst() {
            for other in result.indices where other != axis {
                if let extent = part[other].fixedExtent {
                    guard result[other].fixedExtent ?? extent == extent else {
                        throw node.mismatch("extents \(result[other]) and \(extent) along axis \(other)")
                    }
                    result[other] = part[other]
                } else if result[other] == .unknown {
                    result[other] = part[other]
                }
            }
        }
        result[axis] = sum(parts.map { $0[axis] })
        return [ValueType(first.dataType, result)]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let first = context.input(0)
        let axis = try node.axis(axis, rank: first.shape.rank)
        var extents = first.shape.dimensions
        extents[axis] = 0
        for index in context.inputs.indices {
            let part = context.input(index)
            try node.sameType(first.dataType, part.dataType)
            guard part.shape.rank == extents.count,
                extents.indices.allSatisfy({ $0 == axis || extents[$0] == part.shape[$0] })
            else { throw node.mismatch("\(first.shape) and \(part.shape) do not join along axis \(axis)") }
            extents[axis] = try node.sum(extents[axis], part.shape[axis])
        }
        let y = context.output(0, first.dataType, try node.shape(extents))
        guard y.byteCount > 0 else { return }
        let width = first.dataType.byteWidth ?? 0
        let outer = extents[..<axis].reduce(1, *)
        let inner = extents[(axis + 1)...].reduce(width, *)
        let row = extents[axis] * inner
        var at = 0
        for index in context.inputs.indices {
            let part = context.input(index)
            let bytes = part.shape[axis] * inner
            for block in 0..<outer {
                let target = y.base + block * row + at
                // A part may have been made where it belongs.
                if target != part.base + block * bytes {
                    target.copyMemory(from: part.base + block * bytes, byteCount: bytes)
                }
            }
            at += bytes
        }
    }
}
