internal import Graph
internal import Tensors

/// The attributes and inputs of Resize and Upsample over their versions, and the axes that follow from them.
struct ResizeParameters: Sendable {
    enum Mode: String, Sendable {
        case nearest, linear, cubic
    }

    enum AspectRatioPolicy: String, Sendable {
        case stretch
        case notLarger = "not_larger"
        case notSmaller = "not_smaller"
    }

    let node: NodeDescription
    let mode: Mode
    let transform: CoordinateTransform
    let nearest: NearestMode
    let cubicCoefficient: Double
    let excludesOutside: Bool
    let antialias: Bool
    let extrapolation: Double
    private let axes: [Int]?
    private let policy: AspectRatioPolicy
    private let fixedScales: [Float]?
    private let regionInput: Int?
    private let scalesInput: Int?
    private let sizesInput: Int?

    init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        let isUpsample = node.op == "Upsample"
        if isUpsample, node.opset < 9 {
            try node.require(inputs: 1...1)
            var scales = try node.floats("scales")
            if scales == nil, let height = try node.float("height_scale"), let width = try node.float("width_scale") {
                scales = [1, 1, height, width]
            }
            guard let scales else { throw node.malformed("attribute 'scales' is missing") }
            (fixedScales, regionInput, scalesInput, sizesInput) = (scales, nil, nil, nil)
        } else if isUpsample || node.opset < 11 {
            try node.require(inputs: 2...2)
            (fixedScales, regionInput, scalesInput, sizesInput) = (nil, nil, 1, nil)
        } else {
            try node.require(inputs: 1...4)
            fixedScales = nil
            regionInput = node.hasInput(1) ? 1 : nil
            scalesInput = node.hasInput(2) ? 2 : nil
            sizesInput = node.hasInput(3) ? 3 : nil
        }
        // Older exporters call linear interpolation of images bilinear.
        let name = try node.string("mode") ?? "nearest"
        mode = try Self.parse(name == "bilinear" ? "linear" : name, "mode", node)
        let isOld = isUpsample || node.opset < 11
        transform = try Self.parse(
            try node.string("coordinate_transformation_mode") ?? (isOld ? "asymmetric" : "half_pixel"),
            "coordinate_transformation_mode", node)
        nearest = try Self.parse(
            try node.string("nearest_mode") ?? (isOld ? "floor" : "round_prefer_floor"), "nearest_mode", node)
        cubicCoefficient = Double(try node.float("cubic_coeff_a") ?? -0.75)
        excludesOutside = try node.int("exclude_outside") ?? 0 != 0
        antialias = try node.int("antialias") ?? 0 != 0
        extrapolation = Double(try node.float("extrapolation_value") ?? 0)
        axes = try node.ints("axes")
        policy = try Self.parse(
            try node.string("keep_aspect_ratio_policy") ?? "stretch", "keep_aspect_ratio_policy", node)
    }

    private static func parse<Value: RawRepresentable<String>>(
        _ text: String, _ key: String, _ node: NodeDescription
    ) throws(GraphError) -> Value {
        guard let value = Value(rawValue: text) else { throw node.unsupported("\(key) '\(text)'") }
        return value
    }

    /// What the axes depend on apart from the input's shape; `nil` entries are left out.
    struct Values {
        var region: Tensor?
        var scales: Tensor?
        var sizes: Tensor?
    }

    func values(_ context: RunContext) -> Values {
        Values(
            region: regionInput.flatMap { context.optionalInput($0) },
            scales: scalesInput.flatMap { context.optionalInput($0) },
            sizes: sizesInput.flatMap { context.optionalInput($0) })
    }

    /// The values when all are constants, else `nil`.
    func values(_ inputs: [ValueFact?]) -> Values? {
        var values = Values()
        if transform == .tfCropAndResize, let regionInput {
            guard let tensor = node.optionalFact(inputs, regionInput)?.constant else { return nil }
            values.region = tensor
        }
        if let scalesInput {
            guard let tensor = node.optionalFact(inputs, scalesInput)?.constant else { return nil }
            values.scales = tensor
        }
        if let sizesInput {
            guard let tensor = node.optionalFact(inputs, sizesInput)?.constant else { return nil }
            values.sizes = tensor
        }
        return values
    }

    /// The axes of a resize of `shape`.
    func resolve(_ shape: Shape, _ values: Values) throws(GraphError) -> [ResizeAxis] {
        let rank = shape.rank
        let chosen = try node.axes(axes ?? Array(0..<rank), rank: rank)
        var result = shape.dimensions.map { ResizeAxis(input: $0, output: $0, scale: 1) }
        if transform == .tfCropAndResize, let region = values.region, region.elementCount > 0 {
            let bounds = try numbers(region, count: 2 * chosen.count, "roi")
            for (index, axis) in chosen.enumerated() {
                result[axis].region = (bounds[index], bounds[index + chosen.count])
            }
        }
        if let sizes = values.sizes, sizes.elementCount > 0 {
            try resolve(try node.integers(sizes), chosen, &result)
        } else {
            var scales = fixedScales?.map(Double.init)
            if scales == nil {
                guard let tensor = values.scales, tensor.elementCount > 0 else {
                    throw node.malformed("neither scales nor sizes are given")
                }
                scales = try numbers(tensor, count: chosen.count, "scales")
            }
            guard let scales, scales.count == chosen.count else {
                throw node.mismatch("\(scales?.count ?? 0) scales for \(chosen.count) axes")
            }
            for (index, axis) in chosen.enumerated() {
                guard scales[index].isFinite, scales[index] > 0 else {
                    throw node.mismatch("a scale of \(scales[index])")
                }
                let part = result[axis].region.end - result[axis].region.start
                let extent = (Float(result[axis].input) * Float(scales[index]) * Float(part)).rounded(.down)
                guard extent >= 0, extent <= Float(NodeDescription.elementLimit) else {
                    throw .limitExceeded(
                        what: "an extent of '\(node.name)'", limit: NodeDescription.elementLimit, value: .max)
                }
                result[axis].output = Int(extent)
                result[axis].scale = scales[index]
            }
        }
        for axis in result where axis.input == 0 && axis.output != 0 { throw node.mismatch("\(shape) has no elements") }
        _ = try node.shape(result.map(\.output))
        return result
    }

    private func resolve(_ sizes: [Int], _ chosen: [Int], _ result: inout [ResizeAxis]) throws(GraphError) {
        guard sizes.count == chosen.count else { throw node.mismatch("\(sizes.count) sizes for \(chosen.count) axes") }
        if let negative = sizes.first(where: { $0 < 0 }) { throw node.mismatch("a size of \(negative)") }
        let ratios = zip(sizes, chosen).map { Double($0) / Double(max(result[$1].input, 1)) }
        let common =
            switch policy {
            case .stretch: Double?.none
            case .notLarger: ratios.min()
            case .notSmaller: ratios.max()
            }
        for (index, axis) in chosen.enumerated() {
            if let common {
                let extent = (common * Double(result[axis].input) + 0.5).rounded(.down)
                guard extent <= Double(NodeDescription.elementLimit) else {
                    throw .limitExceeded(
                        what: "an extent of '\(node.name)'", limit: NodeDescription.elementLimit, value: .max)
                }
                result[axis].output = Int(extent)
                result[axis].scale = common
            } else {
                result[axis].output = sizes[index]
                result[axis].scale = ratios[index]
            }
        }
    }

    private func numbers(_ tensor: Tensor, count: Int, _ what: String) throws(GraphError) -> [Double] {
        guard tensor.elementCount == count else {
            throw node.mismatch("\(tensor.elementCount) elements of \(what) for \(count)")
        }
        return try tensor.converted(to: .float64, node: node).array(of: Double.self)
    }
}
