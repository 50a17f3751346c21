internal import Graph
internal import Operators
internal import Tensors

/// What rewrites of quantised networks ask of a graph.
extension Graph {
    /// For DequantizeLinear of uint8 with one scale for all, made of constants: the levels it reads, and their scale.
    func dequantized(_ node: Node) -> (levels: Int, scale: LevelScale)? {
        guard node.description.op == "DequantizeLinear", let levels = node.inputs[0],
            let scale = levelScale(node),
            values[levels].type?.dataType == .uint8
        else { return nil }
        return (levels, scale)
    }

    /// For QuantizeLinear from float32 to uint8 with one scale for all, made of constants: that scale.
    func quantized(_ node: Node) -> LevelScale? {
        guard node.description.op == "QuantizeLinear", let x = node.inputs[0],
            values[x].type?.dataType ?? .float32 == .float32, let y = node.outputs[0],
            values[y].type?.dataType == .uint8
        else { return nil }
        return levelScale(node)
    }

    /// The one scale and zero point, both constant, of QuantizeLinear or DequantizeLinear on uint8.
    private func levelScale(_ node: Node) -> LevelScale? {
        guard node.description.domain.isEmpty, node.inputs.count >= 2, node.outputs.count == 1 else {
            return nil
        }
        return levelScale(node.inputs[1], zeroPoint: node.inputs.count > 2 ? node.inputs[2] : nil)
    }

    /// A single constant scale and zero point of uint8, 0 where it is left out.
    func levelScale(_ scale: Int?, zeroPoint: Int?) -> LevelScale? {
        guard let scale = scale.flatMap({ values[$0].constant }), scale.elementCount == 1,
            scale.dataType == .float32
        else { return nil }
        var zero = 0
        if let point = zeroPoint {
            guard let constant = values[point].constant, constant.dataType == .uint8,
                constant.elementCount == 1
            else { return nil }
            zero = Int(constant.elements(as: UInt8.self)[0])
        }
        return LevelScale(scale: scale.elements(as: Float.self)[0], zero: zero)
    }

    /// For DequantizeLinear of constants of 8 bits, with one scale or one for each index along `axis`: the levels less
    /// their zero points, and a scale for each index. `nil` when a difference does not fit int8.
    func constantLevels(_ node: Node, axis: Int) -> WeightLevels? {
        guard node.description.op == "DequantizeLinear", node.description.domain.isEmpty,
            node.inputs.count >= 2,
            (try? node.description.int("block_size") ?? 0) == 0,
            let x = node.inputs[0].flatMap({ values[$0].constant })
        else { return nil }
        if let scale = node.inputs[1].flatMap({ values[$0].constant }), scale.elementCount > 1 {
            guard let named = try? node.description.int("axis") ?? 1,
                (named + x.shape.rank) % x.shape.rank == axis
            else { return nil }
        }
        return constantLevels(node.inputs, axis: axis)
    }

    /// The same for constants, their scales and zero points, the last maybe left out, as inputs of a node.
    func constantLevels(_ inputs: some Collection<Int?>, axis: Int) -> WeightLevels? {
        let constants = inputs.map { $0.flatMap { values[$0].constant } }
        guard constants.count >= 2, let x = constants[0], let scale = constants[1],
            scale.dataType == .float32,
            x.shape.rank > axis, zip(inputs, constants).allSatisfy({ ($0 == nil) == ($1 == nil) })
        else { return nil }
        let count = x.shape[axis]
        guard scale.elementCount == 1 || scale.shape == [count] else { return nil }
        let zeros: [Int]
        switch constants.count > 2 ? constants[2] : nil {
        case nil: zeros = [0]
        case let point? where point.dataType == .int8:
            zeros = point.elements(as: Int8.self).map(Int.init)
        case let point? where point.dataType == .uint8:
            zeros = point.elements(as: UInt8.self).map(Int.init)
        default: return nil
        }
        guard zeros.count == 1 || zeros.count == count else { return nil }
        let levels = Tensor(dataType: .int8, shape: x.shape, zeroed: false)
        let target = levels.mutableElements(as: Int8.self)
        let inner = x.shape.dimensions[(axis + 1)...].reduce(1, *)
        for index in 0..<x.elementCount {
            let level =
                switch x.dataType {
                case .int8: Int(x.elements(as: Int8.self)[index])
                case .uint8: Int(x.elements(as: UInt8.self)[index])
                default: Int.max / 2
                }
            let zero = zeros.count == 1 ? zeros[0] : zeros[index / inner % count]
            guard let narrow = Int8(exactly: level - zero) else { return nil }
            target[index] = narrow
        }
        let scales = scale.array(of: Float.self)
        return WeightLevels(
            levels: levels,
            scales: scales.count == 1 ? [Float](repeating: scales[0], count: count) : scales)
    }

    /// A constant of float32, or what DequantizeLinear makes of constants.
    func constantReals(_ value: Int, _ producers: [Int?]) -> Tensor? {
        if let constant = values[value].constant {
            return constant.dataType == .float32 ? constant : nil
        }
        guard let producer = producers[value], nodes[producer].description.op == "DequantizeLinear"
        else { return nil }
        let inputs = nodes[producer].inputs.map { $0.flatMap { values[$0].constant } }
        guard inputs.allSatisfy({ $0 != nil }) else { return nil }
        let context = RunContext(inputs: inputs, outputs: [nil])
        guard (try? nodes[producer].op.run(context)) != nil, let reals = context.outputs[0],
            reals.dataType == .float32
        else { return nil }
        return reals
    }
}

extension NodeDescription {
    /// The description of a node of our own that takes this one's place.
    func replaced(by op: any Operator.Type, inputs: Int) -> NodeDescription {
        NodeDescription(
            name: name, op: op.opType, domain: op.domain, opset: 1,
            hasInput: [Bool](repeating: true, count: inputs),
            hasOutput: [true])
    }
}
