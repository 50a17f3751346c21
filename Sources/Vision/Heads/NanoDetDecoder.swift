internal import Imaging

/// Boxes of NanoDet (Lyu, *NanoDet-Plus*, 2021), whose box sides are distributions over distances (Li et al., "Generalized Focal
/// Loss", 2020, section 3.2): [cells, classes + 4·(bins + 1)], scores already sigmoid, strides in order, row by row.
///
/// The distance of a side from the cell's point is stride·Σ i·softmax(i); the sides follow each other as left, top, right,
/// bottom. A stride that does not divide the input has a cell more.
struct NanoDetDecoder: Sendable {
    private let head: ModelManifest.Head.NanoDet
    private let inputWidth: Int
    private let inputHeight: Int

    init(_ head: ModelManifest.Head.NanoDet, inputWidth: Int, inputHeight: Int) {
        self.head = head
        self.inputWidth = inputWidth
        self.inputHeight = inputHeight
    }

    private func columns(_ stride: Int) -> Int { (inputWidth + stride - 1) / stride }
    private func rows(_ stride: Int) -> Int { (inputHeight + stride - 1) / stride }

    var expectedOutputs: [HeadDecoder.ExpectedOutput] {
        let cells = head.strides.reduce(0) { $0 + columns($1) * rows($1) }
        return [
            HeadDecoder.ExpectedOutput(name: head.output, dimensions: [cells, head.classes + 4 * (head.bins + 1)])
        ]
    }

    /// One candidate a cell at most, in input pixels, in the order of the cells.
    func candidates(_ values: UnsafeBufferPointer<Float>, options: DecodingOptions) -> [Detection] {
        var found: [Detection] = []
        var start = 0
        for stride in head.strides {
            for row in 0..<rows(stride) {
                for column in 0..<columns(stride) {
                    defer { start += head.classes + 4 * (head.bins + 1) }
                    guard let best = bestClass(values, from: start, count: head.classes, step: 1),
                        best.value >= options.confidence, best.value <= 1, options.keeps(best.index)
                    else { continue }
                    let x = (Double(column) + head.offset) * Double(stride)
                    let y = (Double(row) + head.offset) * Double(stride)
                    func side(_ index: Int) -> Double {
                        distance(values, at: start + head.classes + index * (head.bins + 1)) * Double(stride)
                    }
                    let rect = Rect(
                        x0: Float(x - side(0)), y0: Float(y - side(1)), x1: Float(x + side(2)), y1: Float(y + side(3)))
                    found.append(Detection(rect: rect, classID: best.index, score: best.value))
                }
            }
        }
        return found
    }

    /// The mean of the distribution whose logits begin at `start`, in strides.
    private func distance(_ values: UnsafeBufferPointer<Float>, at start: Int) -> Double {
        let logits = values[start...start + head.bins]
        let largest = Double(logits.max() ?? 0)
        var (sum, total) = (0.0, 0.0)
        for (index, logit) in logits.enumerated() {
            let power = exponential(Double(logit) - largest)
            sum += power * Double(index)
            total += power
        }
        return sum / total
    }
}
