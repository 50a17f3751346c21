internal import Graph
internal import Tensors

/// Cross-layer equalisation: M. Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction",
/// ICCV 2019, section 4.1.
///
/// Where f(s·x) = s·f(x) for s > 0, channel i between two convolutions may be divided by s[i] in the first one's weights
/// and bias and multiplied by it in the second one's weights: the network computes the same. s = √(r₁/r₂), with r the
/// greatest weight of the channel on either side, gives both the same range. ReLU, LeakyReLU and pooling are such
/// functions; clipping at 6, HardSwish and SiLU are not: channels before them are left as they are.
extension FloatNetwork {
    /// - Returns: how many pairs of convolutions were equalised.
    package mutating func equalize() -> Int {
        let pairs = equalizablePairs()
        for _ in 0..<20 {
            var change: Float = 0
            for pair in pairs { change = max(change, equalize(pair.first, pair.second)) }
            if change < 1e-3 { break }
        }
        return pairs.count
    }

    private static let homogeneous: Set<String> = ["Relu", "LeakyRelu", "MaxPool", "AveragePool", "GlobalAveragePool"]

    /// Convolutions that one other convolution alone reads, through functions that carry a positive factor through.
    func equalizablePairs() -> [(first: Int, second: Int)] {
        let consumers = graph.consumers()
        let pinned = graph.pinnedValues()
        let products = Set(self.products.filter { graph.nodes[$0].description.op == "Conv" })
        return products.sorted().compactMap { first in
            var node = first
            while let output = graph.nodes[node].outputs.first ?? nil, !pinned.contains(output),
                consumers[output].count == 1, let next = consumers[output].first,
                graph.nodes[next].inputs.first == output
            {
                if products.contains(next) { return isShared(first) || isShared(next) ? nil : (first, next) }
                guard Self.homogeneous.contains(graph.nodes[next].description.op) else { return nil }
                node = next
            }
            return nil
        }
    }

    /// Whether another node reads the same weights.
    private func isShared(_ index: Int) -> Bool {
        graph.nodes[index].inputs.dropFirst().contains { value in
            graph.nodes.count { $0.inputs.contains(value) } > 1
        }
    }

    /// - Returns: the greatest |s − 1|.
    private mutating func equalize(_ first: Int, _ second: Int) -> Float {
        guard let weightValue = graph.nodes[first].inputs[1], let weights = graph.values[weightValue].constant,
            let nextValue = graph.nodes[second].inputs[1], let next = graph.values[nextValue].constant
        else { return 0 }
        let channels = weights.shape[0]
        let groups = ((try? graph.nodes[second].description.int("group")) ?? nil) ?? 1
        let reader = InputChannels(next.shape, groups: groups)
        guard reader.count == channels else { return 0 }
        let before = weights.array(of: Float.self)
        let after = next.array(of: Float.self)
        var rangeBefore = [Float](repeating: 0, count: channels)
        var rangeAfter = [Float](repeating: 0, count: channels)
        let filter = before.count / channels
        for element in before.indices {
            rangeBefore[element / filter] = max(rangeBefore[element / filter], abs(before[element]))
        }
        for element in after.indices {
            let channel = reader.channel(of: element)
            rangeAfter[channel] = max(rangeAfter[channel], abs(after[element]))
        }
        let factors = zip(rangeBefore, rangeAfter).map { a, b -> Float in
            a > 1e-8 && b > 1e-8 ? min(max((a / b).squareRoot(), 1e-3), 1e3) : 1
        }
        graph.values[weightValue].constant = Tensor(
            before.indices.map { before[$0] / factors[$0 / filter] }, shape: weights.shape)
        graph.values[nextValue].constant = Tensor(
            after.indices.map { after[$0] * factors[reader.channel(of: $0)] }, shape: next.shape)
        if graph.nodes[first].inputs.count > 2, let biasValue = graph.nodes[first].inputs[2],
            let bias = graph.values[biasValue].constant
        {
            let numbers = zip(bias.array(of: Float.self), factors).map { $0 / $1 }
            graph.values[biasValue].constant = Tensor(numbers, shape: bias.shape)
        }
        return factors.reduce(0) { max($0, abs($1 - 1)) }
    }
}

/// Which input channel a weight of a convolution belongs to; weights are [M, C / groups, …].
private struct InputChannels {
    let count: Int
    private let perGroup: Int
    private let inner: Int
    private let outputsPerGroup: Int

    init(_ shape: Shape, groups: Int) {
        perGroup = shape[1]
        count = perGroup * groups
        inner = shape.dimensions[2...].reduce(1, *)
        outputsPerGroup = max(1, shape[0] / max(1, groups))
    }

    func channel(of element: Int) -> Int {
        let output = element / (perGroup * inner)
        return output / outputsPerGroup * perGroup + element / inner % perGroup
    }
}
