package import Graph
internal import Tensors

/// What a reduction computes from the elements x of each group.
package enum ReductionKind: Sendable {
    case sum, mean, max, min, prod
    /// Σ|x|, √Σx², Σx²
    case l1, l2, sumSquare
    /// ln Σx, ln Σeˣ
    case logSum, logSumExp
}

/// Names a reduction for ``Reduction``.
package protocol ReductionName: Sendable {
    static var opType: String { get }
    static var kind: ReductionKind { get }
    /// The opset from which axes are an input.
    static var axesInputOpset: Int { get }
}

extension ReductionName {
    package static var axesInputOpset: Int { 18 }
}

package enum ReduceSum: ReductionName {
    package static let opType = "ReduceSum"
    package static let kind = ReductionKind.sum
    package static let axesInputOpset = 13
}
package enum ReduceMean: ReductionName {
    package static let opType = "ReduceMean"
    package static let kind = ReductionKind.mean
}
package enum ReduceMax: ReductionName {
    package static let opType = "ReduceMax"
    package static let kind = ReductionKind.max
}
package enum ReduceMin: ReductionName {
    package static let opType = "ReduceMin"
    package static let kind = ReductionKind.min
}
package enum ReduceProd: ReductionName {
    package static let opType = "ReduceProd"
    package static let kind = ReductionKind.prod
}
package enum ReduceL1: ReductionName {
    package static let opType = "ReduceL1"
    package static let kind = ReductionKind.l1
}
package enum ReduceL2: ReductionName {
    package static let opType = "ReduceL2"
    package static let kind = ReductionKind.l2
}
package enum ReduceSumSquare: ReductionName {
    package static let opType = "ReduceSumSquare"
    package static let kind = ReductionKind.sumSquare
}
package enum ReduceLogSum: ReductionName {
    package static let opType = "ReduceLogSum"
    package static let kind = ReductionKind.logSum
}
package enum ReduceLogSumExp: ReductionName {
    package static let opType = "ReduceLogSumExp"
    package static let kind = ReductionKind.logSumExp
}

/// The ONNX `Reduce…` operators: reduces over `axes`, over all of them when none are named (unless
/// `noop_with_empty_axes`), keeping them with extent 1 unless `keepdims` is 0.
package struct Reduction<Name: ReductionName>: Operator {
    package static var opType: String { Name.opType }
    private let node: NodeDescription
    private let axes: AxesParameter
    private let keepsAxes: Bool
    private let emptyMeansNone: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        self.node = node
        axes = try AxesParameter(node, inputFrom: Name.axesInputOpset)
        keepsAxes = try node.int("keepdims") ?? 1 != 0
        emptyMeansNone = try node.int("noop_with_empty_axes") ?? 0 != 0
    }

    private func reducedAxes(_ given: [Int]?, rank: Int) throws(GraphError) -> [Int] {
        guard let given, !given.isEmpty else { return emptyMeansNone ? [] : Array(0..<rank) }
        return try node.axes(given, rank: rank)
    }

    private func kept<Extent>(_ extents: [Extent], without axes: [Int], one: Extent) -> [Extent] {
        extents.indices.compactMap { axes.contains($0) ? (keepsAxes ? one : nil) : extents[$0] }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        let given: [Int]?
        switch try axes.known(inputs, node) {
        case .atRunTime:
            return [ValueType(data.dataType, keepsAxes ? data.type.rank.map { .unknown(rank: $0) } : nil)]
        case .absent: given = nil
        case .axes(let values): given = values
        }
        guard let dimensions = data.dimensions else {
            let all = given?.isEmpty ?? true
            return [ValueType(data.dataType, all && !keepsAxes && !emptyMeansNone ? [] : nil)]
        }
        let reduced = try reducedAxes(given, rank: dimensions.count)
        return [ValueType(data.dataType, kept(dimensions, without: reduced, one: .fixed(1)))]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        let reduced = try reducedAxes(try axes.values(context, node), rank: x.shape.rank)
        if reduced.isEmpty, emptyMeansNone { return context.setOutput(0, x) }
        let shape = try node.shape(kept(x.shape.dimensions, without: reduced, one: 1))
        let keepsInner =
            switch Name.kind {
            case .sum, .mean, .max, .min, .prod: true
            default: false
            }
        let layout = ReductionLayout(x, axes: reduced, keepingInner: keepsInner)
        let y = context.output(0, x.dataType, shape)
        if x.dataType == .float32 {
            reduceFloats(Name.kind, layout, y, context)
        } else if x.dataType == .bool, Name.kind == .max || Name.kind == .min {
            // Any and all, on bytes of 0 and 1.
            let bytes = ReductionLayout(x.asBytes, axes: reduced, keepingInner: keepsInner)
            try node.visit(.uint8, ReductionReference(kind: Name.kind, layout: bytes, y: y.asBytes))
        } else {
            try node.visit(x.dataType, ReductionReference(kind: Name.kind, layout: layout, y: y))
        }
    }
}

extension Tensor {
    /// Elements of one byte as plain bytes, in the same memory.
    fileprivate var asBytes: Tensor {
        Tensor(dataType: .uint8, shape: shape, storage: storage, byteOffset: byteOffset)
    }
}
