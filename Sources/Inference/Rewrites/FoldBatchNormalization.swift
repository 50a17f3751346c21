package import Graph
internal import Operators
internal import Tensors

extension Graph {
    /// Takes BatchNormalization into the convolution before it, when nobody else reads the convolution's output: weights
    /// of output channel m times scale[m], bias[m] times scale[m] plus the shift.
    package mutating func foldBatchNormalization() {
        let consumers = consumers()
        let producers = producers()
        let pinned = pinnedValues()
        var removed: Set<Int> = []
        for (index, node) in nodes.enumerated() {
            guard let normalization = node.op as? BatchNormalization, node.inputs.count >= 5,
                node.outputs.dropFirst().allSatisfy({ $0 == nil }), let input = node.inputs[0],
                let output = node.outputs.first ?? nil, !pinned.contains(input), consumers[input].count == 1,
                let producer = producers[input], let convolution = nodes[producer].op as? Conv,
                convolution.epilogue == .identity
            else { continue }
            let parameters = node.inputs[1..<5].compactMap { $0.flatMap { values[$0].constant } }
            guard parameters.count == 4, parameters.allSatisfy({ $0.dataType == .float32 }),
                scaleConvolution(producer, parameters, normalization.epsilon)
            else { continue }
            nodes[producer].outputs[0] = output
            removed.insert(index)
        }
        removeNodes(removed)
    }

    private mutating func scaleConvolution(_ index: Int, _ parameters: [Tensor], _ epsilon: Float) -> Bool {
        let node = nodes[index]
        let biasValue = node.inputs.count > 2 ? node.inputs[2] : nil
        guard node.inputs.count >= 2, let weightsValue = node.inputs[1], let weights = values[weightsValue].constant,
            weights.dataType == .float32, weights.shape.rank >= 3, weights.elementCount > 0
        else { return false }
        let bias = biasValue.flatMap { values[$0].constant }
        let channels = weights.shape[0]
        guard biasValue == nil || bias != nil, bias == nil || bias?.dataType == .float32,
            (parameters + [bias].compactMap { $0 }).allSatisfy({ $0.shape == [channels] })
        else { return false }
        let (scale, shift) = BatchNormalization.affine(parameters, epsilon)
        let scaled = Tensor(dataType: .float32, shape: weights.shape, zeroed: false)
        let (source, target) = (weights.elements(as: Float.self), scaled.mutableElements(as: Float.self))
        let filter = weights.elementCount / channels
        for element in target.indices { target[element] = source[element] * scale[element / filter] }
        let old = bias?.array(of: Float.self) ?? [Float](repeating: 0, count: channels)
        let shifted = (0..<channels).map { old[$0] * scale[$0] + shift[$0] }
        let name = values[weightsValue].name
        nodes[index].inputs[1] = addConstant(name + "*scale", scaled)
        let newBias = addConstant(name + "*shift", Tensor(shifted, shape: [channels]))
        if node.inputs.count > 2 { nodes[index].inputs[2] = newBias } else { nodes[index].inputs.append(newBias) }
        return true
    }

    private mutating func addConstant(_ name: String, _ tensor: Tensor) -> Int {
        values.append(Value(name: name, type: ValueType(tensor.dataType, shape: tensor.shape), constant: tensor))
        return values.count - 1
    }
}
