internal import Graph
internal import Operators
internal import Tensors

extension Graph {
    /// Replaces MatMul(Softmax(scale · MatMul(q, kᵀ)), v) over four axes by one attention, which reads q, k and v where a
    /// projection has left them: turns and cuts before it are strides. A turn and a reshape that join its heads go too.
    mutating func fuseAttention(_ precision: Precision) {
        let consumers = consumers()
        let producers = producers()
        let pinned = pinnedValues()
        /// The node that makes a value that only one node reads.
        func maker(_ value: Int?, _ op: String) -> Int? {
            guard let value, consumers[value].count == 1, !pinned.contains(value), let index = producers[value],
                nodes[index].description.op == op, nodes[index].description.domain.isEmpty
            else { return nil }
            return index
        }
        /// The one reader of a value, and its output.
        func reader(_ value: Int, _ op: String) -> (index: Int, output: Int)? {
            guard consumers[value].count == 1, !pinned.contains(value), let index = consumers[value].first,
                nodes[index].description.op == op, nodes[index].description.domain.isEmpty,
                nodes[index].inputs.first == value, let output = nodes[index].outputs.first ?? nil
            else { return nil }
            return (index, output)
        }
        var removed: Set<Int> = []
        for (index, node) in nodes.enumerated() {
            guard node.description.op == "MatMul", node.description.domain.isEmpty, node.inputs.count == 2,
                let softmax = maker(node.inputs[0], "Softmax"), isOverLastAxis(nodes[softmax]),
                var output = node.outputs.first ?? nil
            else { continue }
            var scores = nodes[softmax].inputs[0]
            var scale: Float = 1
            var inner: Set<Int> = [softmax]
            if let scaling = maker(scores, "Mul") ?? maker(scores, "Div") {
                guard let (operand, factor) = scaled(nodes[scaling]) else { continue }
                (scores, scale) = (operand, factor)
                inner.insert(scaling)
            }
            guard let product = maker(scores, "MatMul"), nodes[product].inputs.count == 2,
                let query = nodes[product].inputs[0].flatMap({ view(of: $0, producers) }),
                let turned = nodes[product].inputs[1].flatMap({ view(of: $0, producers) }),
                let key = turned.permuted([0, 1, 3, 2]),
                let value = node.inputs[1].flatMap({ view(of: $0, producers) })
            else { continue }
            inner.insert(product)
            var joinsHeads = false
            if let turn = reader(output, "Transpose"), permutation(nodes[turn.index]) == [0, 2, 1, 3],
                let join = reader(turn.output, "Reshape"), query.axes.count == 4,
                let heads = query.axes[1].extent.fixedExtent, let depth = query.axes[3].extent.fixedExtent,
                values[join.output].type?.dimensions == [
                    query.axes[0].extent, query.axes[2].extent, .fixed(heads * depth),
                ]
            {
                joinsHeads = true
                output = join.output
                inner.formUnion([turn.index, join.index])
            }
            var description = NodeDescription(
                name: node.description.name, op: FusedAttention.opType, domain: FusedAttention.domain, opset: 1,
                hasInput: [true, true, true], hasOutput: [true])
            description.precision = precision
            guard [query, key, value].allSatisfy({ values[$0.base].type?.dataType == .float32 }),
                let op = FusedAttention(
                    description, query: query, key: key, value: value, scale: scale, joinsHeads: joinsHeads)
            else { continue }
            nodes[index] = Node(
                description: description, op: op, inputs: [query.base, key.base, value.base], outputs: [output])
            removed.formUnion(inner)
        }
        removeNodes(removed)
        if !removed.isEmpty { removeDeadNodes() }
    }

    private func isOverLastAxis(_ node: Node) -> Bool {
        let axis = (try? node.description.int("axis")) ?? (node.description.opset < 13 ? 1 : -1)
        return axis == -1 || axis == 3
    }

    private func permutation(_ node: Node) -> [Int]? { try? node.description.ints("perm") }

    /// For a product with, or quotient by, one constant number: the other operand and the factor.
    private func scaled(_ node: Node) -> (operand: Int, factor: Float)? {
        guard node.inputs.count == 2, let a = node.inputs[0], let b = node.inputs[1] else { return nil }
        if let number = number(b) { return (a, node.description.op == "Mul" ? number : 1 / number) }
        if node.description.op == "Mul", let number = number(a) { return (b, number) }
        return nil
    }

    private func number(_ value: Int) -> Float? {
        guard let constant = values[value].constant, constant.dataType == .float32, constant.elementCount == 1 else {
            return nil
        }
        return constant.elements(as: Float.self)[0]
    }

    /// A value as a view of the nearest one whose elements must be there.
    private func view(of value: Int, _ producers: [Int?]) -> StridedView? {
        let whole = StridedView(base: value, values[value].type)
        guard let index = producers[value], nodes[index].description.domain.isEmpty,
            let source = nodes[index].inputs.first ?? nil, values[source].type?.dataType == .float32,
            let dimensions = values[value].type?.dimensions
        else { return whole }
        let node = nodes[index]
        var moved: StridedView?
        switch node.description.op {
        case "Reshape", "Squeeze": moved = view(of: source, producers)?.reshaped(dimensions)
        case "Transpose":
            if let order = permutation(node) { moved = view(of: source, producers)?.permuted(order) }
        case "Split":
            let axis = (try? node.description.int("axis")) ?? 0
            if let position = node.outputs.firstIndex(of: value), let whole = view(of: source, producers) {
                moved = part(whole, node, axis: axis < 0 ? axis + whole.axes.count : axis, position)
            }
        case "Gather":
            let axis = (try? node.description.int("axis")) ?? 0
            if let slot = node.inputs.last ?? nil, let constant = values[slot].constant, constant.shape.rank == 0,
                constant.dataType == .int64, let whole = view(of: source, producers)
            {
                moved = element(whole, axis: axis < 0 ? axis + whole.axes.count : axis, constant)
            }
        default: break
        }
        return moved ?? whole
    }

    private func part(_ view: StridedView, _ node: Node, axis: Int, _ position: Int) -> StridedView? {
        guard view.axes.indices.contains(axis) else { return nil }
        var first = 0
        for (index, output) in node.outputs.enumerated() {
            guard let output, let dimensions = values[output].type?.dimensions, dimensions.indices.contains(axis),
                let extent = dimensions[axis].fixedExtent
            else { return nil }
            if index == position { return view.cut(axis: axis, first: first, extent: extent) }
            first += extent
        }
        return nil
    }

    private func element(_ view: StridedView, axis: Int, _ constant: Tensor) -> StridedView? {
        guard view.axes.indices.contains(axis), let extent = view.axes[axis].extent.fixedExtent else { return nil }
        let given = Int(constant.elements(as: Int64.self)[0])
        let index = given < 0 ? given + extent : given
        guard (0..<extent).contains(index) else { return nil }
        var result = view.cut(axis: axis, first: index, extent: 1)
        result.axes.remove(at: axis)
        return result
    }
}
