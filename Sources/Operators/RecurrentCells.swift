internal import Graph

/// H = f(W·x + R·H + b): Elman's recurrent network.
struct SimpleCell: RecurrentCell {
    static let gates = 1
    static let activations = ["Tanh"]
    static let hasCellState = false
    let recurrentParts = [1]

    init(_ node: NodeDescription) {}

    func bias(_ input: UnsafePointer<Float>, _ recurrent: UnsafePointer<Float>, hidden: Int) -> [Float] {
        (0..<hidden).map { input[$0] + recurrent[$0] }
    }

    func step(_ step: RecurrentStep, gates: UnsafeMutablePointer<Float>) {
        step.accumulate(0, step.state, to: gates)
        step.activate(0, gates, step.batch * step.hidden)
        step.nextState.update(from: gates, count: step.batch * step.hidden)
    }
}

/// The gated recurrent unit; gates z, r, h. With `linear_before_reset` r applies to R·H, as in cuDNN, else to H.
///
/// Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014.
struct GatedCell: RecurrentCell {
    static let gates = 3
    static let activations = ["Sigmoid", "Tanh"]
    static let hasCellState = false
    let recurrentParts = [2, 1]
    private let isLinear: Bool

    init(_ node: NodeDescription) throws(GraphError) {
        isLinear = try node.int("linear_before_reset") ?? 0 != 0
    }

    func bias(_ input: UnsafePointer<Float>, _ recurrent: UnsafePointer<Float>, hidden: Int) -> [Float] {
        (0..<3 * hidden).map { isLinear && $0 >= 2 * hidden ? input[$0] : input[$0] + recurrent[$0] }
    }

    func step(_ step: RecurrentStep, gates: UnsafeMutablePointer<Float>) {
        let (batch, hidden) = (step.batch, step.hidden)
        let all = 3 * hidden
        // z and r of all rows, then h of all rows, each dense, in the room beside the gates.
        let zr = step.room, candidate = step.room + 2 * batch * hidden
        for row in 0..<batch {
            (zr + row * 2 * hidden).update(from: gates + row * all, count: 2 * hidden)
        }
        step.accumulate(0, step.state, to: zr)
        step.activate(0, zr, 2 * batch * hidden)
        if isLinear {
            candidate.update(repeating: 0, count: batch * hidden)
            step.accumulate(1, step.state, to: candidate)
            for row in 0..<batch {
                let r = zr + row * 2 * hidden + hidden, h = candidate + row * hidden
                let input = gates + row * all + 2 * hidden
                for i in 0..<hidden { h[i] = input[i] + r[i] * (h[i] + step.recurrentBias[2 * hidden + i]) }
            }
        } else {
            for row in 0..<batch {
                (candidate + row * hidden).update(from: gates + row * all + 2 * hidden, count: hidden)
                let r = zr + row * 2 * hidden + hidden, next = step.nextState + row * hidden
                for i in 0..<hidden { next[i] = r[i] * step.state[row * hidden + i] }
            }
            step.accumulate(1, step.nextState, to: candidate)
        }
        step.activate(1, candidate, batch * hidden)
        for row in 0..<batch {
            let z = zr + row * 2 * hidden
            for i in 0..<hidden {
                let at = row * hidden + i
                step.nextState[at] = (1 - z[i]) * candidate[at] + z[i] * step.state[at]
            }
        }
    }
}

/// Long short-term memory; gates i, o, f, c, with peepholes from the cell to i, o and f.
///
/// Gers, Schraudolph and Schmidhuber, "Learning Precise Timing with LSTM Recurrent Networks", 2002.
struct MemoryCell: RecurrentCell {
    static let gates = 4
    static let activations = ["Sigmoid", "Tanh", "Tanh"]
    static let hasCellState = true
    let recurrentParts = [4]
    private let couplesForget: Bool

    init(_ node: NodeDescription) throws(GraphError) {
        couplesForget = try node.int("input_forget") ?? 0 != 0
    }

    func bias(_ input: UnsafePointer<Float>, _ recurrent: UnsafePointer<Float>, hidden: Int) -> [Float] {
        (0..<4 * hidden).map { input[$0] + recurrent[$0] }
    }

    func step(_ step: RecurrentStep, gates: UnsafeMutablePointer<Float>) {
        let hidden = step.hidden
        step.accumulate(0, step.state, to: gates)
        for row in 0..<step.batch {
            let i = gates + row * 4 * hidden
            let (o, f, c) = (i + hidden, i + 2 * hidden, i + 3 * hidden)
            let cell = step.cell + row * hidden
            let nextCell = step.nextCell + row * hidden, next = step.nextState + row * hidden
            if let p = step.peepholes {
                for unit in 0..<hidden {
                    i[unit] += p[unit] * cell[unit]
                    f[unit] += p[2 * hidden + unit] * cell[unit]
                }
            }
            step.activate(0, i, hidden)
            if couplesForget {
                for unit in 0..<hidden { f[unit] = 1 - i[unit] }
            } else {
                step.activate(0, f, hidden)
            }
            step.activate(1, c, hidden)
            for unit in 0..<hidden { nextCell[unit] = f[unit] * cell[unit] + i[unit] * c[unit] }
            if let p = step.peepholes {
                for unit in 0..<hidden { o[unit] += p[hidden + unit] * nextCell[unit] }
            }
            step.activate(0, o, hidden)
            next.update(from: nextCell, count: hidden)
            step.activate(2, next, hidden, isGate: false)
            for unit in 0..<hidden { next[unit] *= o[unit] }
        }
    }
}
