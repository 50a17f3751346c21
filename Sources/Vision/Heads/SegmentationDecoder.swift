/// Semantic segmentation by one output of logits [classes, height, width] at any resolution (Long et al., "Fully Convolutional
/// Networks for Semantic Segmentation", 2015).
///
/// A cell belongs to the class with the largest logit, of equal ones the first; with one class, when its sigmoid is above ½.
/// Cells whose probability (softmax or sigmoid) is below the threshold belong to none.
struct SegmentationDecoder: Sendable {
    let classes: Int
    let output: String
    let inputWidth: Int
    let inputHeight: Int

    var expectedOutputs: [HeadDecoder.ExpectedOutput] {
        let any = HeadDecoder.ExpectedOutput.any
        return [HeadDecoder.ExpectedOutput(name: output, dimensions: [classes, any, any])]
    }

    /// The part of the output that shows the picture, at the output's own resolution: padding is cut off.
    func map(
        _ values: UnsafeBufferPointer<Float>, height: Int, width: Int, geometry: InputGeometry,
        options: DecodingOptions
    ) -> SegmentationMap {
        let target = geometry.target
        let columns = max(1, (2 * target.width * width + inputWidth) / (2 * inputWidth))
        let rows = max(1, (2 * target.height * height + inputHeight) / (2 * inputHeight))
        // The output's column under the middle of each column of the map.
        let outputColumns = (0..<columns).map { column in
            min(
                width - 1,
                (2 * columns * target.x + (2 * column + 1) * target.width) * width / (2 * columns * inputWidth))
        }
        var map = SegmentationMap(width: columns, height: rows, region: geometry.source)
        map.classIDs.reserveCapacity(rows * columns)
        for row in 0..<rows {
            let y = (2 * rows * target.y + (2 * row + 1) * target.height) * height / (2 * rows * inputHeight)
            let start = min(height - 1, y) * width
            for column in outputColumns {
                map.classIDs.append(Int32(classID(values, at: start + column, plane: width * height, options: options)))
            }
        }
        return map
    }

    /// -1 for none.
    private func classID(
        _ values: UnsafeBufferPointer<Float>, at cell: Int, plane: Int, options: DecodingOptions
    ) -> Int {
        guard let best = bestClass(values, from: cell, count: classes, step: plane), options.keeps(best.index) else {
            return -1
        }
        if classes == 1 {
            let probability = Float(sigmoid(best.value))
            return probability > 0.5 && probability >= options.confidence ? best.index : -1
        }
        guard options.confidence > 0 else { return best.index }
        var total = 0.0
        for index in 0..<classes {
            let value = values[cell + index * plane]
            if value.isFinite { total += exponential(Double(value) - Double(best.value)) }
        }
        return Float(1 / total) >= options.confidence ? best.index : -1
    }
}
