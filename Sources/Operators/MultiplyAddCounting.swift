package import Graph
package import Tensors

/// An operator whose cost is mostly multiply-adds.
package protocol MultiplyAddCounting: Operator {
    /// Multiply-adds of a run with these inputs and first output.
    func multiplyAdds(_ inputs: [Shape?], output: Shape) -> Int
    /// Whether they are of whole numbers of 8 bits, of which a processor does more.
    var countsWholeNumbers: Bool { get }
}

extension MultiplyAddCounting {
    package var countsWholeNumbers: Bool { false }
}

extension Conv: MultiplyAddCounting {
    package func multiplyAdds(_ inputs: [Shape?], output: Shape) -> Int {
        let filter = inputs.count > 1 ? inputs[1] : nil
        guard let w = filter ?? constantWeights?.shape, w.rank > 1 else { return 0 }
        return output.elementCount * w.dimensions[1...].reduce(1, *)
    }
}

extension MatMul: MultiplyAddCounting {
    package func multiplyAdds(_ inputs: [Shape?], output: Shape) -> Int {
        output.elementCount * (inputs[0]?.dimensions.last ?? 0)
    }
}

extension Gemm: MultiplyAddCounting {
    package func multiplyAdds(_ inputs: [Shape?], output: Shape) -> Int {
        guard let a = inputs[0], a.rank == 2, output.rank == 2, output[0] > 0 else { return 0 }
        return a.elementCount / output[0] * output.elementCount
    }
}
