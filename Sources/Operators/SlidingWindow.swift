internal import CKernels
internal import Graph
internal import Tensors

/// The attributes that convolutions and pools share: strides, dilations, padding.
struct SlidingWindow: Sendable {
    enum AutoPad: String { case notSet = "NOTSET", sameUpper = "SAME_UPPER", sameLower = "SAME_LOWER", valid = "VALID" }

    /// Extents above this are refused, so that sums of products stay far from overflow.
    private static let attributeLimit = 1 << 20
    private static let outputLimit = 1 << 31

    let node: NodeDescription
    let kernel: [Int]?
    private let strides: [Int]?
    private let dilations: [Int]?
    private let pads: [Int]?
    private let autoPad: AutoPad
    private let ceilMode: Bool

    /// - Throws: ``GraphError/malformed(node:detail:)`` for attributes that are negative, zero or of wrong length.
    init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        kernel = try Self.positive(node, "kernel_shape")
        strides = try Self.positive(node, "strides")
        dilations = try Self.positive(node, "dilations")
        pads = try Self.bounded(node, "pads", 0)
        let name = try node.string("auto_pad") ?? "NOTSET"
        guard let autoPad = AutoPad(rawValue: name) else { throw node.malformed("auto_pad is '\(name)'") }
        self.autoPad = autoPad
        ceilMode = try node.int("ceil_mode") ?? 0 != 0
    }

    private static func positive(_ node: NodeDescription, _ key: String) throws(GraphError) -> [Int]? {
        try bounded(node, key, 1)
    }

    private static func bounded(_ node: NodeDescription, _ key: String, _ low: Int) throws(GraphError) -> [Int]? {
        guard let values = try node.ints(key) else { return nil }
        for value in values where value < low || value > attributeLimit {
            throw node.malformed("\(key) holds \(value), which is not in \(low)...\(attributeLimit)")
        }
        return values
    }

    /// The window for these spatial extents of input and kernel.
    func geometry(input: [Int], kernel: [Int]) throws(GraphError) -> WindowGeometry {
        let rank = input.count
        guard rank <= 3 else { throw node.unsupported("\(rank) spatial axes") }
        guard kernel.count == rank, (strides ?? kernel).count == rank, (dilations ?? kernel).count == rank,
            (pads?.count ?? 2 * rank) == 2 * rank
        else {
            throw node.mismatch(
                "kernel \(kernel), strides \(strides ?? []), dilations \(dilations ?? []), pads \(pads ?? []) for \(rank) spatial axes"
            )
        }
        for axis in 0..<rank where kernel[axis] < 1 || kernel[axis] > Self.attributeLimit || input[axis] > 1 << 40 {
            throw node.mismatch("kernel \(kernel) on \(input)")
        }
        var geometry = WindowGeometry(rank: rank)
        for axis in 0..<rank {
            let stride = strides?[axis] ?? 1
            let reach = (kernel[axis] - 1) * (dilations?[axis] ?? 1) + 1
            var before = pads?[axis] ?? 0
            var after = pads?[axis + rank] ?? 0
            let output: Int
            switch autoPad {
            case .valid:
                (before, after) = (0, 0)
                output = Self.windows(input[axis], reach, stride, ceil: false, before: 0)
            case .sameUpper, .sameLower:
                output = (input[axis] + stride - 1) / stride
                let total = max(0, (output - 1) * stride + reach - input[axis])
                before = autoPad == .sameUpper ? total / 2 : total - total / 2
                after = total - before
            case .notSet:
                output = Self.windows(
                    input[axis] + before + after, reach, stride, ceil: ceilMode, before: before + input[axis])
            }
            geometry.set(
                axis: axis, input: input[axis], output: output, kernel: kernel[axis], stride: stride,
                dilation: dilations?[axis] ?? 1, before: before, after: after)
        }
        return geometry
    }

    /// Number of window positions; with `ceil`, a last one that starts before `before` may hang over the end.
    private static func windows(_ extent: Int, _ reach: Int, _ stride: Int, ceil: Bool, before: Int) -> Int {
        guard extent >= reach else { return ceil && extent > 0 && extent + stride > reach ? 1 : 0 }
        let count = (extent - reach + (ceil ? stride - 1 : 0)) / stride + 1
        return ceil && (count - 1) * stride >= before ? count - 1 : count
    }

    /// Output extents where the input's are fixed.
    func outputDimensions(_ input: [Dimension], kernel: [Int?]) throws(GraphError) -> [Dimension] {
        var dimensions: [Dimension] = []
        let extents = input.map { $0.fixedExtent ?? (1 << 30) }
        let sizes = kernel.map { $0 ?? 1 }
        let geometry = try geometry(input: extents, kernel: sizes)
        for axis in input.indices {
            let known = input[axis].fixedExtent != nil && kernel[axis] != nil
            dimensions.append(known ? .fixed(geometry.output[axis]) : .unknown)
        }
        return dimensions
    }

    /// - Throws: ``GraphError/limitExceeded(what:limit:value:)`` for an output too large to make.
    static func checkedShape(_ extents: [Int], _ node: NodeDescription) throws(GraphError) -> Shape {
        guard let count = Shape.checkedElementCount(of: extents), count <= outputLimit else {
            throw .limitExceeded(
                what: "number of elements of the output of '\(node.name)'", limit: outputLimit,
                value: Shape.checkedElementCount(of: extents) ?? Int.max)
        }
        return Shape(extents)
    }

    /// The same for a type, as far as its extents are fixed.
    static func checkedType(
        _ dataType: DataType, _ dimensions: [Dimension], _ node: NodeDescription
    ) throws(GraphError) -> ValueType {
        _ = try checkedShape(dimensions.map { max($0.fixedExtent ?? 1, 1) }, node)
        return ValueType(dataType, dimensions)
    }
}

/// A sliding window at fixed extents.
struct WindowGeometry {
    let rank: Int
    private(set) var input: [Int]
    private(set) var output: [Int]
    private(set) var kernel: [Int]
    private(set) var stride: [Int]
    private(set) var dilation: [Int]
    private(set) var before: [Int]
    private(set) var after: [Int]

    init(rank: Int) {
        self.rank = rank
        let ones = [Int](repeating: 1, count: rank)
        let zeros = [Int](repeating: 0, count: rank)
        (input, output, kernel, stride, dilation) = (ones, ones, ones, ones, ones)
        (before, after) = (zeros, zeros)
    }

    mutating func set(
        axis: Int, input: Int, output: Int, kernel: Int, stride: Int, dilation: Int, before: Int, after: Int
    ) {
        self.input[axis] = input
        self.output[axis] = max(0, output)
        self.kernel[axis] = kernel
        self.stride[axis] = stride
        self.dilation[axis] = dilation
        self.before[axis] = before
        self.after[axis] = after
    }

    var inputCount: Int { input.reduce(1, *) }
    var outputCount: Int { output.reduce(1, *) }
    var kernelCount: Int { kernel.reduce(1, *) }

    /// Every output element is a function of the input element at the same place alone.
    var isPointwise: Bool {
        kernel.allSatisfy { $0 == 1 } && stride.allSatisfy { $0 == 1 } && input == output
            && before.allSatisfy { $0 == 0 }
    }

    /// The same window on exactly three axes, the missing ones in front with extent 1.
    var window: ck_window {
        func three(_ values: [Int], _ filler: Int) -> (Int, Int, Int) {
            let filled = [Int](repeating: filler, count: 3 - rank) + values
            return (filled[0], filled[1], filled[2])
        }
        return ck_window(
            input: three(input, 1), output: three(output, 1), kernel: three(kernel, 1), stride: three(stride, 1),
            dilation: three(dilation, 1), pad: three(before, 0))
    }
}
