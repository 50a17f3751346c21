package import Graph
internal import Tensors

/// ONNX `NonMaxSuppression`: for each batch entry and class, the best boxes that overlap no better one by more than the
/// IoU threshold. boxes: [batch, n, 4]; scores: [batch, classes, n]; output: [selected, 3] of (batch, class, box).
package struct NonMaxSuppression: Operator {
    package static let opType = "NonMaxSuppression"
    private let node: NodeDescription
    private let isCentered: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...5)
        self.node = node
        isCentered = try node.int("center_point_box") ?? 0 != 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) -> [ValueType] { [ValueType(.int64, [.unknown, .fixed(3)])] }

    package func run(_ context: RunContext) throws(GraphError) {
        let boxes = context.input(0), scores = context.input(1)
        guard boxes.dataType == .float32, scores.dataType == .float32, boxes.shape.rank == 3, scores.shape.rank == 3,
            boxes.shape[2] == 4, boxes.shape[0] == scores.shape[0], boxes.shape[1] == scores.shape[2]
        else { throw node.mismatch("boxes \(boxes) and scores \(scores)") }
        var limit = 0
        if let tensor = context.optionalInput(2) { limit = max(try node.integer(tensor), 0) }
        var overlap = 0.0
        if let tensor = context.optionalInput(3) { overlap = try node.number(tensor) }
        var threshold = -Double.infinity
        if let tensor = context.optionalInput(4) { threshold = try node.number(tensor) }
        let (batches, classes, count) = (scores.shape[0], scores.shape[1], scores.shape[2])
        var selected: [Int64] = []
        for batch in 0..<batches {
            let corners = corners(boxes.pointer(Float.self) + batch * count * 4, count)
            for label in 0..<classes {
                let values = scores.pointer(Float.self) + (batch * classes + label) * count
                let candidates = (0..<count).filter { Double(values[$0]) > threshold }
                    .sorted { values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1 }
                var kept: [Int] = []
                for candidate in candidates where kept.count < limit {
                    let overlaps = kept.contains { corners[$0].intersectionOverUnion(corners[candidate]) > overlap }
                    if !overlaps { kept.append(candidate) }
                }
                for box in kept { selected += [Int64(batch), Int64(label), Int64(box)] }
            }
        }
        let y = context.output(0, .int64, [selected.count / 3, 3]).pointer(Int64.self)
        for (index, value) in selected.enumerated() { y[index] = value }
    }

    private struct Corners {
        var top: Double
        var left: Double
        var bottom: Double
        var right: Double

        func intersectionOverUnion(_ other: Corners) -> Double {
            let height = min(bottom, other.bottom) - max(top, other.top)
            let width = min(right, other.right) - max(left, other.left)
            guard height > 0, width > 0 else { return 0 }
            let both = height * width
            let union = (bottom - top) * (right - left) + (other.bottom - other.top) * (other.right - other.left) - both
            return union > 0 ? both / union : 0
        }
    }

    /// Corners from (y1, x1, y2, x2) in either order, or from (centre x, centre y, width, height).
    private func corners(_ boxes: UnsafePointer<Float>, _ count: Int) -> [Corners] {
        (0..<count).map { index in
            let (a, b, c, d) = (
                Double(boxes[4 * index]), Double(boxes[4 * index + 1]), Double(boxes[4 * index + 2]),
                Double(boxes[4 * index + 3])
            )
            if isCentered { return Corners(top: b - d / 2, left: a - c / 2, bottom: b + d / 2, right: a + c / 2) }
            return Corners(top: min(a, c), left: min(b, d), bottom: max(a, c), right: max(b, d))
        }
    }
}
