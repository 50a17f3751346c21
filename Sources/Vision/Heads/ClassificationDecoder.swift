/// The best classes of a vector of scores or logits.
struct ClassificationDecoder: Sendable {
    private let head: ModelManifest.Head.Classification

    init(_ head: ModelManifest.Head.Classification) { self.head = head }

    /// Best first; equal scores in the order of the classes. Values that are not finite take no part, in the softmax neither.
    func best(_ values: UnsafeBufferPointer<Float>, options: DecodingOptions) -> [Classification] {
        let scores = self.scores(values)
        var best: [Int] = []
        best.reserveCapacity(options.maximumDetections + 1)
        // A few out of a thousand: each one is put in its place among the best so far, which most never reach.
        for index in values.indices
        where values[index].isFinite && options.keeps(index) && scores[index] >= options.confidence {
            if best.count == options.maximumDetections {
                guard let worst = best.last, scores[index] > scores[worst] else { continue }
                best.removeLast()
            }
            let place = best.lastIndex { scores[$0] >= scores[index] }.map { $0 + 1 } ?? 0
            best.insert(index, at: place)
        }
        return best.map { Classification(classID: $0, score: scores[$0]) }
    }

    private func scores(_ values: UnsafeBufferPointer<Float>) -> [Float] {
        switch head.activation {
        case .none: return Array(values)
        case .sigmoid: return values.map { Float(sigmoid($0)) }
        case .softmax:
            let finite = values.lazy.filter(\.isFinite)
            guard let largest = finite.max() else { return Array(values) }
            let powers = values.map { $0.isFinite ? exponential(Double($0) - Double(largest)) : 0 }
            let total = powers.reduce(0, +)
            return powers.map { Float($0 / total) }
        }
    }
}
