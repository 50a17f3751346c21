internal import Graph
internal import Operators
internal import Tensors

extension Graph {
    /// Gives a quantised network, written with QuantizeLinear and DequantizeLinear, to integer kernels. What stays real
    /// keeps its place between them. Each result differs from what the operators written would make by one level of its
    /// scale at most: sums of products are exact and rounded once.
    mutating func assignIntegerKernels(folding: FoldLimits) throws(GraphError) {
        shiftSignedLevels()
        try sinkDequantization()
        try tabulateLevels()
        try inferTypes(folding: folding)
        assignQuantizedOperators()
        removeDeadNodes()
        fuseLevels()
        removeDeadNodes()
    }

    private mutating func assignQuantizedOperators() {
        var assignment = IntegerAssignment(self)
        assignment.run()
        self = assignment.graph
    }
}

private struct IntegerAssignment {
    private(set) var graph: Graph
    private let consumers: [[Int]]
    private let producers: [Int?]
    private let pinned: Set<Int>
    private var removed: Set<Int> = []

    /// Where an operator's output goes: the levels it is quantised to, by way of bounds, or the output itself.
    private struct Target {
        var value: Int
        var scale: LevelScale?
        var low = -Float.infinity, high = Float.infinity
        var passed: [Int] = []
    }

    init(_ graph: Graph) {
        self.graph = graph
        consumers = graph.consumers()
        producers = graph.producers()
        pinned = graph.pinnedValues()
    }

    mutating func run() {
        for index in graph.nodes.indices where !removed.contains(index) {
            let node = graph.nodes[index]
            guard node.description.domain.isEmpty, let output = node.outputs.first ?? nil else {
                continue
            }
            switch node.description.op {
            case "Conv": assignConv(index, node, output)
            case "QLinearConv": assignQLinearConv(index, node, output)
            case "QLinearMatMul": assignQLinearProduct(index, node, output)
            case "ConvTranspose": assignConvTranspose(index, node, output)
            case "Gemm", "MatMul": assignProduct(index, node, output)
            case "Add": assignAdd(index, node, output)
            case "Mul": assignScale(index, node, output)
            case "GlobalAveragePool": assignMean(index, node, output)
            default: continue
            }
        }
        graph.removeNodes(removed)
    }

    private func levels(_ value: Int?) -> (levels: Int, scale: LevelScale)? {
        guard let value, let producer = producers[value] else { return nil }
        return graph.dequantized(graph.nodes[producer])
    }

    private func weights(_ value: Int?, axis: Int) -> WeightLevels? {
        guard let value, let producer = producers[value] else { return nil }
        return graph.constantLevels(graph.nodes[producer], axis: axis)
    }

    /// Follows a value that only one node reads through bounds to QuantizeLinear.
    private func target(of output: Int) -> Target {
        var target = Target(value: output)
        var value = output
        var low = target.low
        var high = target.high
        var passed: [Int] = []
        while consumers[value].count == 1, !pinned.contains(value), let reader = consumers[value].first {
            let node = graph.nodes[reader]
            guard let next = node.outputs.first ?? nil else { break }
            passed.append(reader)
            if let scale = graph.quantized(node) {
                target = Target(value: next, scale: scale, low: low, high: high, passed: passed)
                break
            }
            guard node.description.domain.isEmpty, let bounds = bounds(node) else { break }
            low = min(max(low, bounds.low), bounds.high)
            high = min(max(high, bounds.low), bounds.high)
            value = next
        }
        return target
    }

    private func bounds(_ node: Graph.Node) -> (low: Float, high: Float)? {
        switch node.description.op {
        case "Relu": return (0, .infinity)
        case "Clip":
            func bound(_ slot: Int, _ key: String, _ otherwise: Float) -> Float? {
                if case .float(let value)? = node.description.attributes[key] { return value }
                guard slot < node.inputs.count, let value = node.inputs[slot] else { return otherwise }
                guard let constant = graph.values[value].constant, constant.dataType == .float32,
                    constant.elementCount == 1
                else { return nil }
                return constant.elements(as: Float.self)[0]
            }
            guard let low = bound(1, "min", -.infinity), let high = bound(2, "max", .infinity),
                low <= high
            else {
                return nil
            }
            return (low, high)
        default: return nil
        }
    }

    private mutating func replace(_ index: Int, _ op: any Operator, inputs: [Int], _ target: Target) {
        graph.nodes[index] = Graph.Node(
            description: graph.nodes[index].description.replaced(by: type(of: op), inputs: inputs.count),
            op: op,
            inputs: inputs, outputs: [target.value])
        removed.formUnion(target.passed)
    }

    private mutating func assignConv(_ index: Int, _ node: Graph.Node, _ output: Int) {
        guard let conv = node.op as? Conv, node.inputs.count >= 2, let x = levels(node.inputs[0]),
            let weights = weights(node.inputs[1], axis: 0)
        else { return }
        var bias: [Float]?
        if node.inputs.count > 2, let value = node.inputs[2] {
            guard let reals = graph.constantReals(value, producers) else { return }
            bias = reals.array(of: Float.self)
        }
        let target = target(of: output)
        guard
            let op = QuantizedConv(
                conv, weights: weights, bias: bias, input: x.scale, output: target.scale)
        else { return }
        replace(index, op.bounded(low: target.low, high: target.high), inputs: [x.levels], target)
    }

    /// The scales of an operator on levels, x and y of uint8: inputs are x, weights and y, each followed by scale and zero
    /// point.
    private func scales(_ node: Graph.Node) -> (x: Int, input: LevelScale, output: LevelScale)? {
        guard node.inputs.count >= 8, let x = node.inputs[0], graph.values[x].type?.dataType == .uint8,
            let input = graph.levelScale(node.inputs[1], zeroPoint: node.inputs[2]),
            let output = graph.levelScale(node.inputs[6], zeroPoint: node.inputs[7])
        else { return nil }
        return (x, input, output)
    }

    private mutating func assignQLinearConv(_ index: Int, _ node: Graph.Node, _ output: Int) {
        var description = node.description
        description.op = Conv.opType
        guard let (x, input, scale) = scales(node), let conv = try? Conv(description),
            let weights = graph.constantLevels(node.inputs[3..<6], axis: 0)
        else { return }
        var bias: [Float]?
        if node.inputs.count > 8, let value = node.inputs[8] {
            guard let constant = graph.values[value].constant, constant.dataType == .int32,
                constant.elementCount == weights.scales.count
            else { return }
            bias = zip(constant.elements(as: Int32.self), weights.scales).map {
                Float(Double($0) * Double(input.scale) * Double($1))
            }
        }
        guard let op = QuantizedConv(conv, weights: weights, bias: bias, input: input, output: scale)
        else { return }
        replace(index, op, inputs: [x], Target(value: output))
    }

    private mutating func assignQLinearProduct(_ index: Int, _ node: Graph.Node, _ output: Int) {
        guard let (x, input, scale) = scales(node),
            let weights = graph.constantLevels(node.inputs[3..<6], axis: 1),
            weights.levels.shape.rank == 2,
            let op = QuantizedProduct(
                node.description, matrix: weights.matrix(isTransposed: false), bias: nil, input: input,
                output: scale)
        else { return }
        replace(index, op, inputs: [x], Target(value: output))
    }

    private mutating func assignConvTranspose(_ index: Int, _ node: Graph.Node, _ output: Int) {
        guard let convolution = node.op as? ConvTranspose, node.inputs.count >= 2,
            let x = levels(node.inputs[0]),
            let weights = weights(node.inputs[1], axis: 1)
        else { return }
        var bias: [Float]?
        if node.inputs.count > 2, let value = node.inputs[2] {
            guard let reals = graph.constantReals(value, producers) else { return }
            bias = reals.array(of: Float.self)
        }
        let target = target(of: output)
        guard let scale = target.scale,
            let op = QuantizedConvTranspose(
                convolution, weights: weights, bias: bias, input: x.scale, output: scale)
        else { return }
        replace(index, op.bounded(low: target.low, high: target.high), inputs: [x.levels], target)
    }

    private mutating func assignProduct(_ index: Int, _ node: Graph.Node, _ output: Int) {
        guard node.inputs.count >= 2, let a = levels(node.inputs[0]) else { return }
        var isTransposed = false
        var bias: [Float]?
        if node.description.op == "Gemm" {
            let attributes = node.description
            guard (try? attributes.int("transA") ?? 0) == 0, (try? attributes.float("alpha") ?? 1) == 1,
                (try? attributes.float("beta") ?? 1) == 1, let transB = try? attributes.int("transB") ?? 0
            else { return }
            isTransposed = transB != 0
            if node.inputs.count > 2, let value = node.inputs[2] {
                guard let reals = graph.constantReals(value, producers) else { return }
                bias = reals.array(of: Float.self)
            }
        }
        guard let weights = weights(node.inputs[1], axis: isTransposed ? 0 : 1),
            weights.levels.shape.rank == 2
        else {
            return
        }
        let target = target(of: output)
        guard
            let op = QuantizedProduct(
                node.description, matrix: weights.matrix(isTransposed: isTransposed), bias: bias,
                input: a.scale,
                output: target.scale)
        else { return }
        replace(index, op.bounded(low: target.low, high: target.high), inputs: [a.levels], target)
    }

    private mutating func assignAdd(_ index: Int, _ node: Graph.Node, _ output: Int) {
        guard node.inputs.count == 2, let a = levels(node.inputs[0]), let b = levels(node.inputs[1]),
            let shape = graph.values[a.levels].type?.dimensions,
            shape == graph.values[b.levels].type?.dimensions
        else { return }
        let target = target(of: output)
        guard let scale = target.scale, target.low == -.infinity || target.low == 0,
            target.high == .infinity
        else {
            return
        }
        let op = QuantizedAdd(
            node.description, a: a.scale, b: b.scale, output: scale, isRectified: target.low == 0)
        replace(index, op, inputs: [a.levels, b.levels], target)
    }

    private mutating func assignScale(_ index: Int, _ node: Graph.Node, _ output: Int) {
        guard node.inputs.count == 2, let a = levels(node.inputs[0]), let b = levels(node.inputs[1]),
            let left = graph.values[a.levels].type?.dimensions,
            let right = graph.values[b.levels].type?.dimensions,
            left.count == 4, right.count == 4, left[0] == right[0], left[1] == right[1],
            left[1].fixedExtent != nil
        else { return }
        let one = [Dimension.fixed(1), .fixed(1)]
        let isRight = Array(right[2...]) == one
        guard isRight || Array(left[2...]) == one else { return }
        let (x, factor) = isRight ? (a, b) : (b, a)
        let target = target(of: output)
        guard let scale = target.scale, target.low == -.infinity, target.high == .infinity else {
            return
        }
        let op = QuantizedScale(node.description, x: x.scale, factor: factor.scale, output: scale)
        replace(index, op, inputs: [x.levels, factor.levels], target)
    }

    private mutating func assignMean(_ index: Int, _ node: Graph.Node, _ output: Int) {
        guard let x = levels(node.inputs[0]), graph.values[x.levels].type?.dimensions?.count == 4 else {
            return
        }
        let target = target(of: output)
        guard let scale = target.scale, target.low == -.infinity, target.high == .infinity else {
            return
        }
        replace(
            index, QuantizedGlobalAveragePool(node.description, input: x.scale, output: scale),
            inputs: [x.levels],
            target)
    }
}

extension WeightLevels {
    /// A matrix [K, N], or [N, K] when transposed, as [N, K, 1, 1].
    fileprivate func matrix(isTransposed: Bool) -> WeightLevels {
        let (rows, columns) = (levels.shape[0], levels.shape[1])
        if isTransposed {
            return WeightLevels(levels: levels.reshaped([rows, columns, 1, 1]), scales: scales)
        }
        let result = Tensor(dataType: .int8, shape: [columns, rows, 1, 1], zeroed: false)
        let (source, target) = (levels.elements(as: Int8.self), result.mutableElements(as: Int8.self))
        for row in 0..<rows {
            for column in 0..<columns { target[column * rows + row] = source[row * columns + column] }
        }
        return WeightLevels(levels: result, scales: scales)
    }
}
