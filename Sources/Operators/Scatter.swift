package import Graph
internal import Tensors

/// How ScatterElements and ScatterND join an update with what is there.
enum ScatterReduction: String, Sendable {
    case none, add, mul, min, max

    init(_ node: NodeDescription) throws(GraphError) {
        let name = try node.string("reduction") ?? "none"
        guard let value = Self(rawValue: name) else { throw node.unsupported("reduction '\(name)'") }
        self = value
    }

    /// Writes `length` elements of `updates` for each offset.
    func apply(
        _ updates: Tensor, to y: Tensor, at offsets: [Int], length: Int, _ node: NodeDescription
    ) throws(GraphError) {
        guard self != .none else {
            let width = y.dataType.byteWidth ?? 0
            for (index, offset) in offsets.enumerated() {
                (y.base + offset * width).copyMemory(
                    from: updates.base + index * length * width, byteCount: length * width)
            }
            return
        }
        try node.visit(
            y.dataType, Body(reduction: self, updates: updates, y: y, offsets: offsets, length: length))
    }

    private struct Body: RealVisitor {
        let reduction: ScatterReduction
        let updates: Tensor
        let y: Tensor
        let offsets: [Int]
        let length: Int

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) {
            switch reduction {
            case .add: each(type) { $0 + $1 }
            case .mul: each(type) { $0 * $1 }
            case .min: each(type) { Swift.min($0, $1) }
            default: each(type) { Swift.max($0, $1) }
            }
        }

        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) {
            switch reduction {
            case .add: each(type) { $0 &+ $1 }
            case .mul: each(type) { $0 &* $1 }
            case .min: each(type) { Swift.min($0, $1) }
            default: each(type) { Swift.max($0, $1) }
            }
        }

        private func each<T: TensorElement>(_ type: T.Type, _ join: (T, T) -> T) {
            let source = updates.pointer(T.self)
            for (index, offset) in offsets.enumerated() {
                let target = y.pointer(T.self) + offset
                for i in 0..<length { target[i] = join(target[i], source[index * length + i]) }
            }
        }
    }
}

/// ONNX `ScatterElements`: writes updates into a copy of the data at places that differ from their own along `axis` only.
package struct ScatterElements: Operator {
    package static let opType = "ScatterElements"
    private let scatter: ElementScatter

    package init(_ node: NodeDescription) throws(GraphError) { scatter = try ElementScatter(node) }
    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [try scatter.node.fact(inputs, 0).type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let type = context.input(0).dataType
        if type.isHalf { return try runWidened(context, type, node: scatter.node) }
        try scatter.run(context)
    }
}

/// ONNX `Scatter` (opsets 9 and 10), the older name of ``ScatterElements``.
package struct Scatter: Operator {
    package static let opType = "Scatter"
    private let scatter: ElementScatter

    package init(_ node: NodeDescription) throws(GraphError) { scatter = try ElementScatter(node) }
    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [try scatter.node.fact(inputs, 0).type]
    }

    package func run(_ context: RunContext) throws(GraphError) { try scatter.run(context) }
}

private struct ElementScatter: Sendable {
    let node: NodeDescription
    private let axis: Int
    private let reduction: ScatterReduction

    init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 3...3)
        self.node = node
        axis = try node.int("axis") ?? 0
        reduction = try ScatterReduction(node)
    }

    func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), indices = context.input(1), updates = context.input(2)
        try node.sameType(x.dataType, updates.dataType)
        guard indices.shape == updates.shape else {
            throw node.mismatch("indices of \(indices.shape) and updates of \(updates.shape)")
        }
        let places = try ElementPlaces(indices, axis: axis, in: x.shape, node)
        let y = context.copyOfInput(0)
        try reduction.apply(updates, to: y, at: places.offsets, length: 1, node)
    }
}

/// ONNX `ScatterND`: writes slices into a copy of the data at the places that the last axis of `indices` holds.
package struct ScatterND: Operator {
    package static let opType = "ScatterND"
    private let node: NodeDescription
    private let reduction: ScatterReduction

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 3...3)
        self.node = node
        reduction = try ScatterReduction(node)
    }

    package var inPlaceInput: Int? { 0 }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        [try node.fact(inputs, 0).type]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), indices = context.input(1), updates = context.input(2)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        try node.sameType(x.dataType, updates.dataType)
        let slices = try IndexedSlices(indices, batchAxes: 0, in: x.shape, node)
        let expected = indices.shape.dimensions.dropLast() + x.shape.dimensions[slices.firstInner...]
        guard updates.shape.dimensions == Array(expected) else {
            throw node.mismatch("updates of \(updates.shape), expected \(Shape(Array(expected)))")
        }
        let y = context.copyOfInput(0)
        try reduction.apply(updates, to: y, at: slices.offsets, length: slices.length, node)
    }
}

extension RunContext {
    /// Output 0 with the elements of an input, to be changed in part.
    func copyOfInput(_ index: Int) -> Tensor {
        let x = input(index)
        let y = output(0, x.dataType, x.shape)
        if y.base != x.base { y.base.copyMemory(from: x.base, byteCount: x.byteCount) }
        return y
    }
}
