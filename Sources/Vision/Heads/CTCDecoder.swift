/// The best path of a connectionist temporal classification (Graves et al., "Connectionist Temporal Classification", 2006, section 3.2): the
/// best class of each step, repetitions taken as one, blanks left out.
struct CTCDecoder: Sendable {
    let classes: Int
    let blank: Int

    /// A line whose score is below the threshold is empty. Steps without a finite number count as blank.
    func line(_ values: UnsafeBufferPointer<Float>, options: DecodingOptions) -> TextLine {
        var ids: [Int] = []
        var sum: Float = 0
        var last = blank
        for step in 0..<values.count / classes {
            let best = bestClass(values, from: step * classes, count: classes, step: 1)
            let id = best?.index ?? blank
            defer { last = id }
            guard let best, id != blank, id != last, options.keeps(id) else { continue }
            ids.append(id)
            sum += best.value
        }
        guard !ids.isEmpty, case let score = sum / Float(ids.count), score >= options.confidence else {
            return TextLine(classIDs: [], score: 0)
        }
        return TextLine(classIDs: ids, score: score)
    }
}
