internal import Graph
package import ONNX
internal import Operators
internal import Tensors

/// A network with its scales and weights in bytes: what is written as QuantizeLinear and DequantizeLinear.
package struct QuantizedNetwork: Sendable {
    /// The float network, its biases corrected.
    package internal(set) var float: FloatNetwork
    package let plan: QuantizationPlan
    /// By group.
    package let scales: [Int: AffineScale]
    /// By product.
    package private(set) var weights: [Int: QuantizedWeights] = [:]

    /// Rounds the weights of the plan's products.
    package init(_ float: FloatNetwork, plan: QuantizationPlan, scales: [Int: AffineScale]) {
        self.float = float
        self.plan = plan
        self.scales = scales
        for product in plan.products {
            let node = float.graph.nodes[product]
            guard case .product(let axis, _) = float.graph.role(of: product), let input = node.inputs[0],
                let scale = scale(of: input), let tensor = node.inputs[1].flatMap({ float.graph.values[$0].constant })
            else { continue }
            weights[product] = QuantizedWeights(
                tensor, axis: axis, bias: bias(of: product)?.array(of: Float.self), inputScale: scale.scale)
        }
    }

    /// The scale of a value that is quantised.
    package func scale(of value: Int) -> AffineScale? {
        plan.values.contains(value) ? scales[plan.group(of: value)] : nil
    }

    /// A product's constant bias.
    func bias(of product: Int) -> Tensor? {
        let inputs = float.graph.nodes[product].inputs
        return inputs.count > 2 ? inputs[2].flatMap { float.graph.values[$0].constant } : nil
    }

    /// The network in ONNX's QDQ form: activations as uint8 of one scale and zero point a tensor, weights as int8 with a scale
    /// for each output channel and no zero point, biases as int32 of scale input × weight.
    ///
    /// - Throws: ``QuantizationError``.
    package func model() throws(QuantizationError) -> ONNXModel {
        var writer = QDQWriter(self)
        let written: Graph
        do throws(GraphError) { written = try writer.written() } catch { throw QuantizationError(error) }
        return try float.model(of: written)
    }
}

/// Writes one network's quantisation into a copy of its graph.
private struct QDQWriter {
    private let network: QuantizedNetwork
    private var graph: Graph
    private var nodes: [Graph.Node] = []
    /// What integer nodes read instead of a quantised value.
    private var dequantized: [Int: Int] = [:]

    init(_ network: QuantizedNetwork) {
        self.network = network
        graph = network.float.graph
    }

    mutating func written() throws(GraphError) -> Graph {
        let source = graph
        for input in source.inputs { try quantize(input) }
        for (index, node) in source.nodes.enumerated() {
            var node = node
            if network.plan.nodes.contains(index) {
                node.inputs = node.inputs.map { input in input.map { dequantized[$0] ?? $0 } }
                if let weights = network.weights[index] { try quantizeConstants(of: &node, weights, index) }
            }
            nodes.append(node)
            for case let output? in node.outputs { try quantize(output) }
        }
        graph.nodes = nodes
        return graph
    }

    private mutating func quantize(_ value: Int) throws(GraphError) {
        guard let scale = network.scale(of: value) else { return }
        let name = graph.values[value].name
        let factor = graph.addConstant("\(name)/scale", Tensor(scalar: scale.scale))
        let zero = graph.addConstant("\(name)/zero_point", Tensor(scalar: scale.zeroPoint))
        let type = graph.values[value].type
        let levels = addValue("\(name)/levels", type.map { ValueType(.uint8, $0.dimensions) })
        try append("QuantizeLinear", "\(name)/quantize", [value, factor, zero], levels)
        let result = addValue("\(name)/dequantized", type)
        try append("DequantizeLinear", "\(name)/dequantize", [levels, factor, zero], result)
        dequantized[value] = result
    }

    private mutating func quantizeConstants(
        of node: inout Graph.Node, _ weights: QuantizedWeights, _ index: Int
    ) throws(GraphError) {
        let original = network.float.graph.nodes[index]
        guard let value = original.inputs[1], let input = original.inputs[0], let scale = network.scale(of: input)
        else { return }
        let channels = weights.scales.count
        let name = "\(node.description.name)/\(graph.values[value].name)"
        node.inputs[1] = try dequantize(
            weights.levels, weights.scales, zeros: Tensor(dataType: .int8, shape: [channels]), axis: weights.axis, name)
        guard let bias = network.bias(of: index), let biasValue = original.inputs[2] else { return }
        let scales = weights.scales.map { $0 * scale.scale }
        let levels = zip(bias.array(of: Float.self), scales).map { number, scale -> Int32 in
            Int32(min(max((Double(number) / Double(scale)).rounded(.toNearestOrEven), -2_147_483_520), 2_147_483_520))
        }
        node.inputs[2] = try dequantize(
            Tensor(levels, shape: [channels]), scales, zeros: Tensor(dataType: .int32, shape: [channels]), axis: 0,
            "\(node.description.name)/\(graph.values[biasValue].name)")
    }

    private mutating func dequantize(
        _ levels: Tensor, _ scales: [Float], zeros: Tensor, axis: Int, _ name: String
    ) throws(GraphError) -> Int {
        let constant = graph.addConstant("\(name)/levels", levels)
        let factors = graph.addConstant("\(name)/scale", Tensor(scales, shape: [scales.count]))
        let zeros = graph.addConstant("\(name)/zero_point", zeros)
        let result = addValue("\(name)/dequantized", ValueType(.float32, shape: levels.shape))
        try append("DequantizeLinear", "\(name)/dequantize", [constant, factors, zeros], result, axis: axis)
        return result
    }

    private mutating func addValue(_ name: String, _ type: ValueType?) -> Int {
        graph.values.append(Graph.Value(name: name, type: type))
        return graph.values.count - 1
    }

    private mutating func append(
        _ op: String, _ name: String, _ inputs: [Int], _ output: Int, axis: Int? = nil
    ) throws(GraphError) {
        let opset = network.float.graph.nodes.first { $0.description.domain.isEmpty }?.description.opset
        let description = NodeDescription(
            name: name, op: op, opset: opset ?? FloatNetwork.leastTargetOpset,
            attributes: axis.map { ["axis": .int($0)] } ?? [:],
            hasInput: inputs.map { _ in true }, hasOutput: [true])
        nodes.append(
            Graph.Node(
                description: description, op: try OperatorRegistry.standard.make(description), inputs: inputs,
                outputs: [output]))
    }
}
