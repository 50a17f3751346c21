internal import Imaging

/// Boxes of the transformer detectors (Carion et al., "End-to-End Object Detection with Transformers", 2020, section 3.1; with
/// sigmoid scores Zhu et al., "Deformable DETR", 2021): [queries, 4] as x, y, width, height in parts of the input, and logits.
///
/// With `softmax` the last logit means that there is nothing. A query is an object of its own: nothing is suppressed.
struct DETRDecoder: Sendable {
    private let head: ModelManifest.Head.DETR
    private let inputWidth: Int
    private let inputHeight: Int

    init(_ head: ModelManifest.Head.DETR, inputWidth: Int, inputHeight: Int) {
        self.head = head
        self.inputWidth = inputWidth
        self.inputHeight = inputHeight
    }

    private var logits: Int { head.classes + (head.activation == .softmax ? 1 : 0) }

    var expectedOutputs: [HeadDecoder.ExpectedOutput] {
        let any = HeadDecoder.ExpectedOutput.any
        return [
            HeadDecoder.ExpectedOutput(name: head.boxes, dimensions: [any, 4]),
            HeadDecoder.ExpectedOutput(name: head.scores, dimensions: [any, logits]),
        ]
    }

    /// One candidate a query at most, in input pixels, in the order of the queries.
    func candidates(
        boxes: UnsafeBufferPointer<Float>, scores: UnsafeBufferPointer<Float>, options: DecodingOptions
    ) -> [Detection] {
        var found: [Detection] = []
        for query in 0..<min(boxes.count / 4, scores.count / logits) {
            guard let best = bestClass(scores, from: query * logits, count: head.classes, step: 1) else { continue }
            let score = probability(best.value, among: scores[query * logits..<(query + 1) * logits])
            guard score >= options.confidence, score <= 1, options.keeps(best.index) else { continue }
            let (x, y) = (boxes[4 * query] * Float(inputWidth), boxes[4 * query + 1] * Float(inputHeight))
            let rect = Rect(
                centerX: x, centerY: y, width: boxes[4 * query + 2] * Float(inputWidth),
                height: boxes[4 * query + 3] * Float(inputHeight))
            found.append(Detection(rect: rect, classID: best.index, score: score))
        }
        return found
    }

    private func probability(_ logit: Float, among logits: Slice<UnsafeBufferPointer<Float>>) -> Float {
        switch head.activation {
        case .none: return logit
        case .sigmoid: return Float(sigmoid(logit))
        case .softmax:
            // NaN among the logits makes the sum NaN, and a score that passes no threshold.
            let total = logits.reduce(0) { $0 + exponential(Double($1) - Double(logit)) }
            return Float(1 / total)
        }
    }
}
