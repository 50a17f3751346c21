internal import Graph
package import Tensors

/// What quantisation does to the output of one product, on the samples.
package struct ProductNoise: Sendable {
    package var node: Int
    /// Power of the float output over power of the difference, in decibels, before and after its bias was corrected;
    /// errors of earlier nodes are in it.
    package var before: Double
    package var after: Double
}

extension QuantizedNetwork {
    /// Empirical bias correction: M. Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction",
    /// ICCV 2019, section 4.2 with the means measured on samples (appendix D).
    ///
    /// Node by node the float and the quantised network are run side by side; what quantisation adds to the mean of an output
    /// channel is taken from its bias before later nodes see it. Products without a bias get one, but MatMul, which has none.
    ///
    /// - Returns: the noise at each product's output.
    /// - Throws: ``QuantizationError``.
    package mutating func correctBiases(
        samples: [[String: Tensor]], parallelism: Parallelism, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws(QuantizationError) -> [ProductNoise] {
        guard !samples.isEmpty else { throw .noSamples }
        var walk = SideBySide(self, samples)
        let nodes = float.graph.nodes
        var noise: [ProductNoise] = []
        for (index, node) in nodes.enumerated() {
            try walk.run(index, self, parallelism)
            if weights[index] != nil, case .product(_, let axis) = float.graph.role(of: index),
                let output = node.outputs.first ?? nil
            {
                var means = ChannelDifference(walk.floats[output] ?? [], walk.quantized[output] ?? [], axis: axis)
                let before = means.ratio
                if node.description.op != "MatMul" {
                    let shift = addToBias(of: index, means.means)
                    for tensor in walk.quantized[output] ?? [] { Self.add(shift, to: tensor, axis: axis) }
                    means = ChannelDifference(walk.floats[output] ?? [], walk.quantized[output] ?? [], axis: axis)
                }
                noise.append(ProductNoise(node: index, before: before, after: means.ratio))
            }
            walk.finish(index, self)
            progress(index + 1, nodes.count)
        }
        return noise
    }

    /// - Returns: what was added, by channel.
    private mutating func addToBias(of product: Int, _ shift: [Float]) -> [Float] {
        let node = float.graph.nodes[product]
        let old = bias(of: product)?.array(of: Float.self) ?? [Float](repeating: 0, count: shift.count)
        let new = zip(old, shift).map { $0 + $1 }
        let value = float.graph.addConstant("\(node.description.name)/bias", Tensor(new, shape: [new.count]))
        if node.inputs.count > 2 {
            float.graph.nodes[product].inputs[2] = value
        } else {
            float.graph.nodes[product].inputs.append(value)
        }
        return shift
    }

    private static func add(_ shift: [Float], to tensor: Tensor, axis: Int) {
        let layout = ChannelLayout(tensor.shape, axis: axis)
        let elements = tensor.mutableElements(as: Float.self)
        for channel in 0..<layout.channels {
            layout.forEach(channel: channel) { _, element in elements[element] += shift[channel] }
        }
    }
}

/// The float and the quantised network on the same samples, node by node; values nobody will read any more are let go.
private struct SideBySide {
    var floats: [Int: [Tensor]] = [:]
    var quantized: [Int: [Tensor]] = [:]
    /// What integer nodes read.
    private var rounded: [Int: [Tensor]] = [:]
    private var readers: [Int]
    private let pinned: Set<Int>

    init(_ network: QuantizedNetwork, _ samples: [[String: Tensor]]) {
        let graph = network.float.graph
        readers = graph.consumers().map(\.count)
        pinned = []
        for input in graph.inputs {
            let tensors = samples.compactMap { $0[graph.values[input].name] }
            floats[input] = tensors
            quantized[input] = tensors
            round(input, network)
        }
    }

    mutating func run(
        _ index: Int, _ network: QuantizedNetwork, _ parallelism: Parallelism
    ) throws(QuantizationError) {
        let node = network.float.graph.nodes[index]
        var constants: [Int: Tensor] = [:]
        if let weights = network.weights[index], let value = node.inputs[1] { constants[value] = weights.dequantized }
        let exact = try NodeRunner(network.float, node: index, parallelism: parallelism)
        let coarse =
            constants.isEmpty
            ? exact : try NodeRunner(network.float, node: index, constants: constants, parallelism: parallelism)
        let readsLevels = network.plan.nodes.contains(index)
        let count = floats.values.map(\.count).max() ?? 0
        for sample in 0..<count {
            let floats = floats
            let (quantized, rounded) = (quantized, rounded)
            for (value, tensor) in try exact.run({ floats[$0]?[sample] }) {
                self.floats[value, default: []].append(tensor)
            }
            let made = try coarse.run { value in
                (readsLevels ? rounded[value] : nil)?[sample] ?? quantized[value]?[sample]
            }
            for (value, tensor) in made { self.quantized[value, default: []].append(tensor) }
        }
    }

    /// After a node's outputs are final.
    mutating func finish(_ index: Int, _ network: QuantizedNetwork) {
        let node = network.float.graph.nodes[index]
        for case let output? in node.outputs { round(output, network) }
        for case let input? in node.inputs where readers.indices.contains(input) {
            readers[input] -= 1
            if readers[input] == 0 { forget(input) }
        }
        for case let output? in node.outputs where readers[output] == 0 { forget(output) }
    }

    private mutating func round(_ value: Int, _ network: QuantizedNetwork) {
        guard let scale = network.scale(of: value) else { return }
        rounded[value] = quantized[value]?.map { scale.rounded($0) }
    }

    private mutating func forget(_ value: Int) {
        floats[value] = nil
        quantized[value] = nil
        rounded[value] = nil
    }
}

/// How two versions of an output differ, over all samples.
private struct ChannelDifference {
    /// Mean of first − second, by channel.
    let means: [Float]
    /// Signal to noise in decibels.
    let ratio: Double

    init(_ first: [Tensor], _ second: [Tensor], axis: Int) {
        var sums: [Double] = []
        var count = 0
        var signal = 0.0
        var noise = 0.0
        for (a, b) in zip(first, second) {
            let layout = ChannelLayout(a.shape, axis: axis)
            if sums.isEmpty { sums = [Double](repeating: 0, count: layout.channels) }
            let (x, y) = (a.elements(as: Float.self), b.elements(as: Float.self))
            for channel in 0..<layout.channels {
                var sum = 0.0
                layout.forEach(channel: channel) { _, element in
                    let difference = Double(x[element] - y[element])
                    sum += difference
                    noise += difference * difference
                    signal += Double(x[element]) * Double(x[element])
                }
                sums[channel] += sum
            }
            count += layout.elementsPerChannel
        }
        means = sums.map { Float($0 / Double(max(1, count))) }
        ratio = Decibels.ratio(signal, noise)
    }
}
