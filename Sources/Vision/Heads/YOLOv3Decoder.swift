internal import Imaging

/// Boxes of YOLOv3's raw heads (Redmon and Farhadi, "YOLOv3: An Incremental Improvement", 2018, section 2.1).
///
/// In the cell at column i and row j: x = (σ(tx) + i)·stride, y = (σ(ty) + j)·stride, w = anchor width·e^tw, h = anchor height·e^th,
/// score = σ(objectness)·σ(class).
struct YOLOv3Decoder: Sendable {
    private let head: ModelManifest.Head.YOLOv3
    private let inputWidth: Int
    private let inputHeight: Int

    init(_ head: ModelManifest.Head.YOLOv3, inputWidth: Int, inputHeight: Int) {
        self.head = head
        self.inputWidth = inputWidth
        self.inputHeight = inputHeight
    }

    var expectedOutputs: [HeadDecoder.ExpectedOutput] {
        head.scales.map { scale in
            HeadDecoder.ExpectedOutput(
                name: scale.output,
                dimensions: [
                    scale.anchors.count * (5 + head.classes), inputHeight / scale.stride, inputWidth / scale.stride,
                ])
        }
    }

    /// One candidate a cell and anchor at most, in input pixels: scale by scale, anchor by anchor, row by row.
    func candidates(_ outputs: [UnsafeBufferPointer<Float>], options: DecodingOptions) -> [Detection] {
        var found: [Detection] = []
        for (scale, values) in zip(head.scales, outputs) {
            let columns = inputWidth / scale.stride
            let plane = columns * (inputHeight / scale.stride)
            for (index, anchor) in scale.anchors.enumerated() {
                let first = index * (5 + head.classes) * plane
                for cell in 0..<plane {
                    let detection = candidate(
                        values, at: first + cell, plane: plane, column: cell % columns, row: cell / columns,
                        stride: Double(scale.stride), anchor: anchor, options: options)
                    if let detection { found.append(detection) }
                }
            }
        }
        return found
    }

    /// The box whose terms lie `plane` apart from `start` on.
    private func candidate(
        _ values: UnsafeBufferPointer<Float>, at start: Int, plane: Int, column: Int, row: Int, stride: Double,
        anchor: SIMD2<Float>, options: DecodingOptions
    ) -> Detection? {
        let objectness = values[start + 4 * plane]
        guard objectness.isFinite else { return nil }
        let presence = sigmoid(objectness)
        // No class can lift the score above the objectness.
        guard Float(presence) >= options.confidence else { return nil }
        guard let best = bestClass(values, from: start + 5 * plane, count: head.classes, step: plane),
            options.keeps(best.index)
        else { return nil }
        let score = Float(presence * sigmoid(best.value))
        guard score >= options.confidence else { return nil }
        let x = (sigmoid(values[start]) + Double(column)) * stride
        let y = (sigmoid(values[start + plane]) + Double(row)) * stride
        let halfWidth = Double(anchor.x) * exponential(Double(values[start + 2 * plane])) / 2
        let halfHeight = Double(anchor.y) * exponential(Double(values[start + 3 * plane])) / 2
        let rect = Rect(
            x0: Float(x - halfWidth), y0: Float(y - halfHeight), x1: Float(x + halfWidth), y1: Float(y + halfHeight))
        return Detection(rect: rect, classID: best.index, score: score)
    }
}
