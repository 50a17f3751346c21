/// The best classes of a vector of scores or logits.
struct ClassificationDecoder: Sendable {
    private let head: ModelManifest.Head.Classification

    init(_ head: ModelManifest.Head.Classification) { self.head = head }

    /// Best first; equal scores in the order of the classes. Values that are not finite take no part, in the softmax neither.
    func best(_ values: UnsafeBufferPointer<Float>, options: DecodingOptions) -> [Classification] {
        let scores = self.scores(values)
        let ranked = values.indices
            .filter { values[$0].isFinite && options.keeps($0) && scores[$0] >= options.confidence }
            .sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
        return ranked.prefix(options.maximumDetections).map { Classification(classID: $0, score: scores[$0]) }
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
