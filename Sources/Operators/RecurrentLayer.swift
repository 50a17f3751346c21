internal import CKernels
internal import Graph
internal import Tensors

/// One kind of recurrent cell: how the gates of a step become the next state.
protocol RecurrentCell: Sendable {
    /// Rows of the weights for each hidden unit.
    static var gates: Int { get }
    static var activations: [String] { get }
    /// Cells with a second state beside the hidden one.
    static var hasCellState: Bool { get }
    init(_ node: NodeDescription) throws(GraphError)

    /// How rows of the recurrent weights are cut, in gates: each part is one product.
    var recurrentParts: [Int] { get }

    /// What is added to the gates besides W·x: for each gate and unit, from the biases of input and recurrence.
    func bias(_ input: UnsafePointer<Float>, _ recurrent: UnsafePointer<Float>, hidden: Int) -> [Float]

    /// Makes the next state from the gates, which hold W·x and the bias for each row of the batch.
    func step(_ step: RecurrentStep, gates: UnsafeMutablePointer<Float>)
}

/// What a cell works on in one step of one direction. All arrays are [batch, hidden] unless they say otherwise.
struct RecurrentStep {
    let batch: Int
    let hidden: Int
    let activations: ArraySlice<RecurrentActivation>
    let clip: Float?
    let recurrent: [PackedRight]
    /// The recurrence's bias: [gates · hidden].
    let recurrentBias: UnsafePointer<Float>
    /// [3 · hidden], or `nil`.
    let peepholes: UnsafePointer<Float>?
    let state: UnsafePointer<Float>
    let cell: UnsafePointer<Float>
    let nextState: UnsafeMutablePointer<Float>
    let nextCell: UnsafeMutablePointer<Float>
    /// Room for [batch, gates · hidden].
    let room: UnsafeMutablePointer<Float>
    let scratch: UnsafeMutableRawPointer
    let parallelism: Parallelism

    /// f(clip(x)) of the direction's activation `index`, in place; only gates are clipped, as in ONNX Runtime.
    func activate(_ index: Int, _ x: UnsafeMutablePointer<Float>, _ count: Int, isGate: Bool = true) {
        if isGate, let clip { ck_f32_map(.clip, x, x, count, -clip, clip) }
        activations[activations.startIndex + index](x, count)
    }

    /// y += x · part of the recurrent weights, transposed.
    func accumulate(_ part: Int, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>) {
        recurrent[part].multiply(
            PackedRight.Left(elements: x, stride: hidden), rows: batch, accumulates: true, to: y, scratch: scratch,
            parallelism)
    }
}

/// What RNN, GRU and LSTM share: directions, layout, lengths of sequences, packed weights, and the walk over steps.
///
/// Inputs: X: [T, B, I], W: [D, gates · H, I], R: [D, gates · H, H], bias: [D, 2 · gates · H], lengths: [B], initial state
/// [D, B, H] (and, with a cell state, that and peepholes [D, 3 · H]). Outputs: Y: [T, D, B, H], last state [D, B, H].
/// With `layout` 1 the batch comes first. Steps beyond a sequence's length give 0 and leave its state alone.
struct RecurrentLayer<Cell: RecurrentCell>: Sendable {
    let node: NodeDescription
    private let cell: Cell
    private let directions: Int
    private let isReverse: Bool
    private let batchFirst: Bool
    private let clip: Float?
    private let activations: [RecurrentActivation]
    private var packed: Weights?

    /// The weights of each direction as the kernel reads them.
    private struct Weights: Sendable {
        var input: [PackedRight]
        var recurrent: [[PackedRight]]
        let hidden: Int
        let inputSize: Int
    }

    init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 3...(Cell.hasCellState ? 8 : 6), outputs: 0...(Cell.hasCellState ? 3 : 2))
        self.node = node
        cell = try Cell(node)
        switch try node.string("direction") ?? "forward" {
        case "forward": (directions, isReverse) = (1, false)
        case "reverse": (directions, isReverse) = (1, true)
        case "bidirectional": (directions, isReverse) = (2, false)
        case let other: throw node.malformed("direction is '\(other)'")
        }
        batchFirst = try node.int("layout") ?? 0 != 0
        clip = try node.float("clip").flatMap { $0 > 0 ? $0 : nil }
        activations = try RecurrentActivation.list(node, defaults: Cell.activations, directions: directions)
    }

    func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let x = try node.fact(inputs, 0)
        guard x.dataType == .float32 || x.dataType.isHalf else { throw node.unsupported("elements of \(x.dataType)") }
        let hidden = try node.fact(inputs, 2).dimensions?.last ?? .unknown
        let batch = x.dimensions.flatMap { $0.count == 3 ? $0[batchFirst ? 0 : 1] : nil } ?? .unknown
        let steps = x.dimensions.flatMap { $0.count == 3 ? $0[batchFirst ? 1 : 0] : nil } ?? .unknown
        let d = Dimension.fixed(directions)
        let last = ValueType(x.dataType, batchFirst ? [batch, d, hidden] : [d, batch, hidden])
        let all = ValueType(x.dataType, batchFirst ? [batch, steps, d, hidden] : [steps, d, batch, hidden])
        return Array([all, last, last][..<node.hasOutput.count])
    }

    /// The layer with its weights packed, when they are constants.
    func prepared(constants: [Tensor?]) throws(GraphError) -> RecurrentLayer? {
        guard constants.count >= 3, let w = constants[1], let r = constants[2], w.dataType == r.dataType,
            w.dataType == .float32 || w.dataType.isHalf
        else { return nil }
        var layer = self
        layer.packed = try pack(w, r)
        return layer
    }

    private func pack(_ w: Tensor, _ r: Tensor) throws(GraphError) -> Weights {
        guard r.shape.rank == 3, w.shape.rank == 3, r.shape[0] == directions, w.shape[0] == directions,
            r.shape[2] > 0, r.shape[1] == Cell.gates * r.shape[2], w.shape[1] == r.shape[1]
        else { throw node.mismatch("weights of \(w.shape) and \(r.shape) for \(directions) directions") }
        let input = try w.converted(to: .float32, node: node), recurrent = try r.converted(to: .float32, node: node)
        let (rows, hidden, size) = (r.shape[1], r.shape[2], w.shape[2])
        var weights = Weights(input: [], recurrent: [], hidden: hidden, inputSize: size)
        for direction in 0..<directions {
            weights.input.append(
                PackedRight(input.pointer() + direction * rows * size, k: size, n: rows, isTransposed: true))
            var first = direction * rows * hidden
            var parts: [PackedRight] = []
            for gates in cell.recurrentParts {
                parts.append(PackedRight(recurrent.pointer() + first, k: hidden, n: gates * hidden, isTransposed: true))
                first += gates * hidden * hidden
            }
            weights.recurrent.append(parts)
        }
        return weights
    }

    func run(_ context: RunContext) throws(GraphError) {
        let weights: Weights
        if let packed { weights = packed } else { weights = try pack(context.input(1), context.input(2)) }
        let x = batchFirst ? context.input(0).swappingFirstAxes() : context.input(0)
        guard x.dataType == .float32, x.shape.rank == 3, x.shape[2] == weights.inputSize else {
            throw node.mismatch("x \(x) for inputs of \(weights.inputSize)")
        }
        let (steps, batch, hidden) = (x.shape[0], x.shape[1], weights.hidden)
        let gateCount = Cell.gates * hidden
        let bias = try parameters(context.optionalInput(3), 2 * gateCount)
        var peepholes: Tensor?
        if Cell.hasCellState, let given = context.optionalInput(7) { peepholes = try parameters(given, 3 * hidden) }
        let lengths = try lengths(context.optionalInput(4), steps, batch)
        var states = [try initial(context.optionalInput(5), batch, hidden)]
        if Cell.hasCellState { states.append(try initial(context.optionalInput(6), batch, hidden)) }
        let y = Tensor(dataType: .float32, shape: try node.shape([steps, directions, batch, hidden]))
        let projected = Tensor(
            dataType: .float32, shape: try node.shape([steps, batch, gateCount]), zeroed: false)
        let room = try context.scratch(byteCount: (batch * (2 * gateCount + 2 * hidden)) * 4, node)
        let scratch = try context.scratch(
            byteCount: PackedRight.scratchByteCount(
                rows: max(steps * batch, batch), k: max(weights.inputSize, hidden),
                threads: context.parallelism.width), node)
        let gates = room.base.assumingMemoryBound(to: Float.self)
        let nextState = gates + 2 * batch * gateCount
        for direction in 0..<directions {
            weights.input[direction].multiply(
                PackedRight.Left(elements: x.pointer(), stride: weights.inputSize), rows: steps * batch,
                to: projected.pointer(), scratch: scratch.base, context.parallelism)
            let ownBias = bias.pointer(Float.self) + direction * 2 * gateCount
            let added = cell.bias(ownBias, ownBias + gateCount, hidden: hidden)
            let state = states[0].pointer(Float.self) + direction * batch * hidden
            let cellState = (Cell.hasCellState ? states[1].pointer(Float.self) : nextState) + direction * batch * hidden
            let count = Cell.activations.count
            let step = RecurrentStep(
                batch: batch, hidden: hidden, activations: activations[direction * count..<(direction + 1) * count],
                clip: clip, recurrent: weights.recurrent[direction], recurrentBias: ownBias + gateCount,
                peepholes: peepholes.map { $0.pointer(Float.self) + direction * 3 * hidden }, state: state,
                cell: Cell.hasCellState ? cellState : nextState, nextState: nextState,
                nextCell: nextState + batch * hidden, room: gates + batch * gateCount, scratch: scratch.base,
                parallelism: context.parallelism)
            let goesBack = isReverse || direction == 1
            for index in 0..<steps {
                for row in 0..<batch {
                    let time = goesBack ? max(lengths[row] - 1 - index, 0) : index
                    ck_f32_zip(
                        .add, projected.pointer(Float.self) + (time * batch + row) * gateCount, 1, added, 1,
                        gates + row * gateCount, gateCount)
                }
                cell.step(step, gates: gates)
                for row in 0..<batch where index < lengths[row] {
                    let time = goesBack ? lengths[row] - 1 - index : index
                    (state + row * hidden).update(from: nextState + row * hidden, count: hidden)
                    if Cell.hasCellState {
                        (cellState + row * hidden).update(from: step.nextCell + row * hidden, count: hidden)
                    }
                    (y.pointer(Float.self) + ((time * directions + direction) * batch + row) * hidden)
                        .update(from: nextState + row * hidden, count: hidden)
                }
            }
        }
        if node.hasOutput(0) { context.setOutput(0, batchFirst ? y.batchFirst() : y) }
        for (index, state) in states.enumerated() where node.hasOutput(index + 1) {
            context.setOutput(index + 1, batchFirst ? state.swappingFirstAxes() : state)
        }
    }

    /// [directions, count] numbers, 0 when they are left out.
    private func parameters(_ tensor: Tensor?, _ count: Int) throws(GraphError) -> Tensor {
        guard let tensor else { return Tensor(dataType: .float32, shape: [directions, count]) }
        guard tensor.dataType == .float32, tensor.shape == [directions, count] else {
            throw node.mismatch("a bias or peepholes of \(tensor), expected [\(directions),\(count)]")
        }
        return tensor
    }

    private func lengths(_ tensor: Tensor?, _ steps: Int, _ batch: Int) throws(GraphError) -> [Int] {
        guard let tensor else { return [Int](repeating: steps, count: batch) }
        let lengths = try node.integers(tensor)
        guard lengths.count == batch, lengths.allSatisfy({ 0...steps ~= $0 }) else {
            throw node.mismatch("lengths \(lengths.prefix(8)) for a batch of \(batch) and \(steps) steps")
        }
        return lengths
    }

    /// A copy of an initial state as [directions, batch, hidden], 0 when it is left out.
    private func initial(_ tensor: Tensor?, _ batch: Int, _ hidden: Int) throws(GraphError) -> Tensor {
        let state = Tensor(dataType: .float32, shape: try node.shape([directions, batch, hidden]))
        guard let tensor else { return state }
        let given = batchFirst && tensor.shape.rank == 3 ? tensor.swappingFirstAxes() : tensor
        guard given.dataType == .float32, given.shape == state.shape else {
            throw node.mismatch("an initial state of \(tensor), expected \(state.shape)")
        }
        state.base.copyMemory(from: given.base, byteCount: given.byteCount)
        return state
    }
}

extension Tensor {
    /// [a, b, c] as [b, a, c].
    fileprivate func swappingFirstAxes() -> Tensor {
        let (a, b, c) = (shape[0], shape[1], shape[2])
        let result = Tensor(dataType: dataType, shape: [b, a, c], zeroed: false)
        StridedCopy(extents: [b, a, c], sourceStrides: [c, b * c, 1], targetStrides: [a * c, c, 1])
            .run(dataType, from: self, to: result)
        return result
    }

    /// [steps, directions, batch, hidden] as [batch, steps, directions, hidden].
    fileprivate func batchFirst() -> Tensor {
        let (t, d, b, h) = (shape[0], shape[1], shape[2], shape[3])
        let result = Tensor(dataType: dataType, shape: [b, t, d, h], zeroed: false)
        StridedCopy(
            extents: [b, t, d, h], sourceStrides: [h, d * b * h, b * h, 1], targetStrides: result.shape.strides
        ).run(dataType, from: self, to: result)
        return result
    }
}
