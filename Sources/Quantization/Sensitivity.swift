internal import Graph
internal import Inference
package import Tensors

/// What it costs to quantise one product alone.
package struct ProductSensitivity: Sendable {
    package var node: Int
    /// Power of the error at the last products' outputs, in parts of the float network's, mean over those products.
    package var error: Double
}

extension QuantizedNetwork {
    /// Measures each product's sensitivity: the float network with that product alone quantised, against the float network,
    /// where the numbers that the answer is made of come out of the last products.
    ///
    /// - Returns: the costliest first.
    /// - Throws: ``QuantizationError``.
    package func sensitivities(
        samples: [[String: Tensor]], parallelism: Parallelism, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws(QuantizationError) -> [ProductSensitivity] {
        guard !samples.isEmpty else { throw .noSamples }
        let frontier = lastProducts().compactMap { float.graph.nodes[$0].outputs.first ?? nil }
        var watched = float
        watched.graph.outputs = frontier
        let reference = try outputs(of: watched.session(of: watched.graph), samples, parallelism)
        var result: [ProductSensitivity] = []
        for (done, product) in plan.products.enumerated() {
            let others = Set(watched.graph.nodes.indices).subtracting([product])
            let alone = QuantizedNetwork(
                watched, plan: QuantizationPlan(watched.graph, floating: others), scales: scalesByValue)
            let model = try alone.model()
            let session: Session
            do throws(SessionError) { session = try Session(model) } catch { throw .network(error) }
            let outputs = try outputs(of: session, samples, parallelism)
            result.append(ProductSensitivity(node: product, error: Self.error(outputs, reference)))
            progress(done + 1, plan.products.count)
        }
        return result.sorted { $0.error != $1.error ? $0.error > $1.error : $0.node < $1.node }
    }

    /// Each quantised value's scale, for plans in which groups are others.
    private var scalesByValue: [Int: AffineScale] {
        Dictionary(uniqueKeysWithValues: plan.values.compactMap { value in scale(of: value).map { (value, $0) } })
    }

    /// Products from which no path leads to another one.
    private func lastProducts() -> [Int] {
        var leads = [Bool](repeating: false, count: float.graph.values.count)
        var last: [Int] = []
        let products = Set(float.products)
        for (index, node) in float.graph.nodes.enumerated().reversed() {
            let isBefore = node.outputs.contains { $0.map { leads[$0] } ?? false }
            if products.contains(index), !isBefore { last.append(index) }
            if isBefore || products.contains(index) {
                for case let input? in node.inputs { leads[input] = true }
            }
        }
        return last.reversed()
    }

    private func outputs(
        of session: Session, _ samples: [[String: Tensor]], _ parallelism: Parallelism
    ) throws(QuantizationError) -> [[String: Tensor]] {
        var result: [[String: Tensor]] = []
        for sample in samples {
            do throws(GraphError) {
                result.append(try session.run(sample, parallelism: parallelism))
            } catch {
                throw QuantizationError(error)
            }
        }
        return result
    }

    private static func error(_ outputs: [[String: Tensor]], _ reference: [[String: Tensor]]) -> Double {
        var noise: [String: Double] = [:]
        var signal: [String: Double] = [:]
        for (found, expected) in zip(outputs, reference) {
            for (name, tensor) in expected {
                guard let other = found[name] else { continue }
                let (x, y) = (tensor.elements(as: Float.self), other.elements(as: Float.self))
                for element in x.indices {
                    let difference = Double(x[element] - y[element])
                    noise[name, default: 0] += difference * difference
                    signal[name, default: 0] += Double(x[element]) * Double(x[element])
                }
            }
        }
        // In the order of names: floating-point sums depend on it.
        let parts = noise.sorted { $0.key < $1.key }.map { $0.value / max(signal[$0.key] ?? 0, 1e-30) }
        return parts.reduce(0, +) / Double(max(1, parts.count))
    }
}
