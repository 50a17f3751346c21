internal import Imaging

extension Annotator {
    /// Tints an rgb8 picture by the class of each pixel's cell. Masks that do not fill their grid are passed over.
    static func tint(_ picture: Picture, by segmentation: FrameResult.Segmentation) {
        let (columns, rows) = (segmentation.width, segmentation.height)
        let box = segmentation.box
        guard columns > 0, rows > 0, box.count == 4, box.allSatisfy(\.isFinite), box[2] > box[0], box[3] > box[1] else {
            return
        }
        var colors = [Color?](repeating: nil, count: columns * rows)
        for mask in segmentation.masks {
            guard let isInside = RunLengths.isInside(mask.counts, width: columns, height: rows) else { continue }
            for cell in isInside.indices where isInside[cell] { colors[cell] = Color.ofClass(mask.classID) }
        }
        let canvas = Canvas(picture)
        /// The cell over the middle of each pixel; -1 outside.
        func cells(_ count: Int, _ start: Float, _ end: Float, _ length: Int) -> [Int] {
            (0..<length).map { pixel in
                let place = (Float(pixel) + 0.5 - start) / (end - start) * Float(count)
                return place >= 0 && place < Float(count) ? Int(place) : -1
            }
        }
        let columnOf = cells(columns, box[0], box[2], canvas.width)
        let rowOf = cells(rows, box[1], box[3], canvas.height)
        for y in 0..<canvas.height where rowOf[y] >= 0 {
            for x in 0..<canvas.width where columnOf[x] >= 0 {
                if let color = colors[rowOf[y] * columns + columnOf[x]] {
                    canvas.blend(x: x, y: y, color, alpha: 110)
                }
            }
        }
    }
}
