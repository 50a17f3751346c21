package import Graph
internal import Tensors

/// ONNX `RoiAlign`: pools each region of interest to a fixed size by averaging (or taking the largest of) bilinear samples.
/// K. He et al., "Mask R-CNN", 2017, section 3. x: [N, C, H, W]; rois: [R, 4] of (x1, y1, x2, y2); batch indices: [R].
package struct RoiAlign: Operator {
    package static let opType = "RoiAlign"
    private let node: NodeDescription
    private let takesMax: Bool
    private let shift: Double
    private let height: Int
    private let width: Int
    private let samples: Int
    private let scale: Double

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 3...3)
        self.node = node
        switch try node.string("mode") ?? "avg" {
        case "avg": takesMax = false
        case "max": takesMax = true
        case let other: throw node.malformed("mode is '\(other)'")
        }
        switch try node.string("coordinate_transformation_mode")
            ?? (node.opset < 16 ? "output_half_pixel" : "half_pixel")
        {
        case "half_pixel": shift = 0.5
        case "output_half_pixel": shift = 0
        case let other: throw node.malformed("coordinate_transformation_mode is '\(other)'")
        }
        height = try node.int("output_height") ?? 1
        width = try node.int("output_width") ?? 1
        samples = try node.int("sampling_ratio") ?? 0
        scale = Double(try node.float("spatial_scale") ?? 1)
        guard height > 0, width > 0, samples >= 0, samples <= 1024 else {
            throw node.malformed("an output of \(height)×\(width) with \(samples) samples")
        }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let x = try node.fact(inputs, 0)
        let regions = try node.fact(inputs, 1).dimensions?.first ?? .unknown
        let channels = x.dimensions.flatMap { $0.count == 4 ? $0[1] : nil } ?? .unknown
        return [ValueType(x.dataType, [regions, channels, .fixed(height), .fixed(width)])]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), regions = context.input(1)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        guard x.dataType.isFloatingPoint else { throw node.mismatch("does not take \(x.dataType)") }
        try node.sameType(x.dataType, regions.dataType)
        if x.dataType == .float64 {
            try align(context, Double.self)
        } else {
            try align(context, Float.self)
        }
    }

    private func align<T: BinaryFloatingPoint & TensorElement>(_ context: RunContext, _ type: T.Type) throws(GraphError)
    {
        let x = context.input(0), regions = context.input(1)
        guard x.shape.rank == 4, regions.shape.rank == 2, regions.shape[1] == 4, context.input(2).shape.rank == 1 else {
            throw node.mismatch("an input of \(x.shape) with regions of \(regions.shape)")
        }
        let entries = try node.indices(context.input(2), extent: x.shape[0])
        guard entries.count == regions.shape[0] else {
            throw node.mismatch("\(entries.count) batch indices for \(regions.shape[0]) regions")
        }
        let channels = x.shape[1]
        let y = context.output(0, x.dataType, try node.shape([entries.count, channels, height, width]))
        guard y.elementCount > 0, x.elementCount > 0 else { return }
        for (index, entry) in entries.enumerated() {
            let corners = (0..<4).map { Double(regions.pointer(T.self)[4 * index + $0]) * scale - shift }
            guard corners.allSatisfy({ $0.isFinite && $0.magnitude < 1e9 }) else {
                throw node.mismatch("region \(index) lies at \(corners)")
            }
            let points = samplePoints(corners, x.shape[2], x.shape[3])
            let plane = x.shape[2] * x.shape[3]
            for channel in 0..<channels {
                let source = x.pointer(T.self) + (entry * channels + channel) * plane
                let target = y.pointer(T.self) + (index * channels + channel) * height * width
                for (bin, samples) in points.enumerated() { target[bin] = pool(samples, source) }
            }
        }
    }

    private func pool<T: BinaryFloatingPoint>(_ samples: [Sample], _ source: UnsafePointer<T>) -> T {
        var sum = 0.0, largest = -Double.infinity
        for sample in samples {
            let parts = (
                sample.weights.0 * Double(source[sample.places.0]), sample.weights.1 * Double(source[sample.places.1]),
                sample.weights.2 * Double(source[sample.places.2]), sample.weights.3 * Double(source[sample.places.3])
            )
            if takesMax {
                largest = max(largest, max(max(parts.0, parts.1), max(parts.2, parts.3)))
            } else {
                sum += parts.0 + parts.1 + parts.2 + parts.3
            }
        }
        return T(takesMax ? largest : sum / Double(max(samples.count, 1)))
    }

    private struct Sample {
        var places: (Int, Int, Int, Int)
        var weights: (Double, Double, Double, Double)
    }

    /// The samples of each bin of a region, row by row.
    private func samplePoints(_ corners: [Double], _ rows: Int, _ columns: Int) -> [[Sample]] {
        var regionWidth = corners[2] - corners[0], regionHeight = corners[3] - corners[1]
        if shift == 0 {
            regionWidth = max(regionWidth, 1)
            regionHeight = max(regionHeight, 1)
        }
        let binHeight = regionHeight / Double(height), binWidth = regionWidth / Double(width)
        let down = samples > 0 ? samples : min(max(Int(binHeight.rounded(.up)), 1), 1024)
        let right = samples > 0 ? samples : min(max(Int(binWidth.rounded(.up)), 1), 1024)
        var bins: [[Sample]] = []
        for binRow in 0..<height {
            for binColumn in 0..<width {
                var bin: [Sample] = []
                for i in 0..<down {
                    let y = corners[1] + (Double(binRow) + (Double(i) + 0.5) / Double(down)) * binHeight
                    for j in 0..<right {
                        let x = corners[0] + (Double(binColumn) + (Double(j) + 0.5) / Double(right)) * binWidth
                        bin.append(sample(y, x, rows, columns))
                    }
                }
                bins.append(bin)
            }
        }
        return bins
    }

    private func sample(_ y: Double, _ x: Double, _ rows: Int, _ columns: Int) -> Sample {
        if y < -1 || y > Double(rows) || x < -1 || x > Double(columns) {
            return Sample(places: (0, 0, 0, 0), weights: (0, 0, 0, 0))
        }
        let (top, down) = split(max(y, 0), rows), (left, right) = split(max(x, 0), columns)
        let bottom = min(top + 1, rows - 1), next = min(left + 1, columns - 1)
        return Sample(
            places: (top * columns + left, top * columns + next, bottom * columns + left, bottom * columns + next),
            weights: ((1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right))
    }

    /// Whole and fractional part of a coordinate; the last element takes all beyond it.
    private func split(_ position: Double, _ extent: Int) -> (Int, Double) {
        let whole = Int(position)
        return whole >= extent - 1 ? (extent - 1, 0) : (whole, position - Double(whole))
    }
}
