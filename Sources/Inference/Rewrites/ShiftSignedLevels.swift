internal import Graph
internal import Tensors

extension Graph {
    /// Turns activations quantised to int8 into uint8: levels and zero points 128 higher stand for the same numbers.
    mutating func shiftSignedLevels() {
        let consumers = consumers()
        let pinned = pinnedValues()
        for index in nodes.indices {
            guard nodes[index].description.op == "QuantizeLinear", let point = signedZero(nodes[index]),
                let levels = nodes[index].outputs[0], !pinned.contains(levels), !consumers[levels].isEmpty
            else { continue }
            let readers = Set(consumers[levels])
            guard
                readers.allSatisfy({
                    nodes[$0].description.op == "DequantizeLinear" && signedZero(nodes[$0]) != nil
                        && nodes[$0].inputs[0] == levels
                })
            else { continue }
            for node in [index] + readers {
                guard let zero = node == index ? point : signedZero(nodes[node]) else { continue }
                let shifted = Tensor(scalar: UInt8(Int(zero) + 128))
                values.append(
                    Value(
                        name: values[levels].name + "#zero", type: ValueType(.uint8, shape: shifted.shape),
                        constant: shifted))
                nodes[node].inputs[2] = values.count - 1
            }
            values[levels].type?.dataType = .uint8
        }
    }

    /// The zero point of a node that has a single one of int8.
    private func signedZero(_ node: Node) -> Int8? {
        guard node.description.domain.isEmpty, node.inputs.count > 2, node.outputs.count == 1,
            let scale = node.inputs[1].flatMap({ values[$0].constant }), scale.elementCount == 1,
            let point = node.inputs[2].flatMap({ values[$0].constant }), point.elementCount == 1,
            point.dataType == .int8
        else { return nil }
        return point.elements(as: Int8.self)[0]
    }
}
