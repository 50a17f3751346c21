internal import Graph
internal import Inference
package import Tensors

/// What the activations of a float network look like on samples: a histogram for each group of values of one scale.
package struct RangeCalibration: Sendable {
    /// By the group's first value.
    package private(set) var histograms: [Int: Histogram] = [:]
    /// By group, where a function alone reads the only value of a group: what it makes of the bins' middles.
    private var curves: [Int: [Float]] = [:]

    /// Runs the network twice over the samples, for the extremes and for the bins between them.
    ///
    /// - Throws: ``QuantizationError``.
    package init(
        _ network: FloatNetwork, plan: QuantizationPlan, samples: [[String: Tensor]], parallelism: Parallelism
    ) throws(QuantizationError) {
        guard !samples.isEmpty else { throw .noSamples }
        let observed = plan.values.sorted()
        var watching = network.graph
        watching.outputs = observed.filter { !watching.inputs.contains($0) }
        let names = watching.values.map(\.name)
        let session = try network.session(of: watching)
        func visit(_ body: (Int, UnsafeBufferPointer<Float>) throws(QuantizationError) -> Void)
            throws(QuantizationError)
        {
            for sample in samples {
                var tensors: [String: Tensor]
                do throws(GraphError) {
                    tensors = try session.run(sample, parallelism: parallelism)
                } catch {
                    throw QuantizationError(error)
                }
                tensors.merge(sample) { made, _ in made }
                for value in observed {
                    guard let tensor = tensors[names[value]] else { continue }
                    try body(value, tensor.elements(as: Float.self))
                }
            }
        }
        var extremes: [Int: (low: Float, high: Float)] = [:]
        try visit { value, numbers throws(QuantizationError) in
            var low = Float.infinity
            var high = -Float.infinity
            // NaN stays out of both comparisons: a sum tells of it.
            var sum: Float = 0
            for number in numbers {
                low = number < low ? number : low
                high = number > high ? number : high
                sum += number * 0
            }
            guard sum == 0 else { throw .notFinite(value: names[value]) }
            guard !numbers.isEmpty else { return }
            let group = plan.group(of: value)
            let known = extremes[group] ?? (low, high)
            extremes[group] = (min(known.low, low), max(known.high, high))
        }
        for (group, range) in extremes { histograms[group] = Histogram(low: range.low, high: range.high) }
        try visit { value, numbers throws(QuantizationError) in
            histograms[plan.group(of: value)]?.add(numbers)
        }
        for (value, function) in plan.functions.sorted(by: { $0.key < $1.key }) {
            let group = plan.group(of: value)
            guard let histogram = histograms[group], histogram.high > histogram.low,
                plan.values.count(where: { plan.group(of: $0) == group }) == 1
            else { continue }
            curves[group] = try network.curve(of: function.members, from: value, to: function.result, histogram)
        }
    }

    /// Each group's scale.
    package func scales(_ observer: RangeObserver) -> [Int: AffineScale] {
        var scales: [Int: AffineScale] = [:]
        for (group, histogram) in histograms {
            let range = observer.range(of: histogram, through: curves[group])
            scales[group] = AffineScale(low: range.low, high: range.high)
        }
        return scales
    }
}

extension FloatNetwork {
    /// What the nodes `members` make of numbers one by one; `nil` when some constant differs from channel to channel.
    fileprivate func curve(
        of members: [Int], from value: Int, to result: Int, _ histogram: Histogram
    ) throws(QuantizationError) -> [Float]? {
        var part = graph
        part.nodes = members.map { graph.nodes[$0] }
        let constants = part.nodes.flatMap(\.inputs).compactMap { $0.flatMap { graph.values[$0].constant } }
        guard constants.allSatisfy({ $0.elementCount == 1 }) else { return nil }
        let shape: Shape = [1, 1, 1, Histogram.binCount]
        part.inputs = [value]
        part.outputs = [result]
        for node in part.nodes { for case let output? in node.outputs { part.values[output].type = nil } }
        part.values[value].type = ValueType(.float32, shape: shape)
        let centers = Tensor((0..<Histogram.binCount).map { histogram.center($0) }, shape: shape)
        let session = try session(of: part)
        do throws(GraphError) {
            let made = try session.run([graph.values[value].name: centers])
            return made[graph.values[result].name]?.array(of: Float.self)
        } catch {
            throw QuantizationError(error)
        }
    }
}
