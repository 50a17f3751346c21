internal import Imaging

/// Boxes of YOLOX's one output (Ge et al., "YOLOX: Exceeding YOLO Series in 2021", section 2), scores already sigmoid.
///
/// The cells of all strides follow each other, row by row. In the cell at column i and row j: x = (x + i)·stride,
/// y = (y + j)·stride, w = e^w·stride, h = e^h·stride, score = objectness·class.
struct YOLOXDecoder: Sendable {
    private let head: ModelManifest.Head.YOLOX
    private let inputWidth: Int
    private let inputHeight: Int

    init(_ head: ModelManifest.Head.YOLOX, inputWidth: Int, inputHeight: Int) {
        self.head = head
        self.inputWidth = inputWidth
        self.inputHeight = inputHeight
    }

    var expectedOutputs: [HeadDecoder.ExpectedOutput] {
        let cells = head.strides.reduce(0) { $0 + (inputWidth / $1) * (inputHeight / $1) }
        return [HeadDecoder.ExpectedOutput(name: head.output, dimensions: [cells, 5 + head.classes])]
    }

    /// One candidate a cell at most, in input pixels, in the order of the cells.
    func candidates(_ values: UnsafeBufferPointer<Float>, options: DecodingOptions) -> [Detection] {
        var found: [Detection] = []
        var start = 0
        for stride in head.strides {
            for row in 0..<inputHeight / stride {
                for column in 0..<inputWidth / stride {
                    let detection = candidate(
                        values, at: start, column: column, row: row, stride: Double(stride), options: options)
                    if let detection { found.append(detection) }
                    start += 5 + head.classes
                }
            }
        }
        return found
    }

    private func candidate(
        _ values: UnsafeBufferPointer<Float>, at start: Int, column: Int, row: Int, stride: Double,
        options: DecodingOptions
    ) -> Detection? {
        let presence = values[start + 4]
        guard presence >= options.confidence, presence <= 1 else { return nil }
        guard let best = bestClass(values, from: start + 5, count: head.classes, step: 1), best.value <= 1,
            options.keeps(best.index)
        else { return nil }
        let score = presence * best.value
        guard score >= options.confidence else { return nil }
        let x = (Double(values[start]) + Double(column)) * stride
        let y = (Double(values[start + 1]) + Double(row)) * stride
        let halfWidth = exponential(Double(values[start + 2])) * stride / 2
        let halfHeight = exponential(Double(values[start + 3])) * stride / 2
        let rect = Rect(
            x0: Float(x - halfWidth), y0: Float(y - halfHeight), x1: Float(x + halfWidth), y1: Float(y + halfHeight))
        return Detection(rect: rect, classID: best.index, score: score)
    }
}
