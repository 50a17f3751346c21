internal import Graph
internal import Operators
internal import Tensors

extension Graph {
    /// Gives MatMul and Gemm with a constant right operand to ``DenseProduct``, and a constant bias that is added next.
    mutating func assignDenseProducts(_ precision: Precision) throws(GraphError) {
        let consumers = consumers()
        let pinned = pinnedValues()
        var removed: Set<Int> = []
        for index in nodes.indices {
            var node = nodes[index]
            node.description.precision = precision
            guard node.description.domain.isEmpty, node.inputs.count >= 2, let left = node.inputs[0],
                let right = node.inputs[1], let output = node.outputs.first ?? nil,
                values[left].type?.dataType == .float32, let matrix = values[right].constant,
                matrix.dataType == .float32, matrix.shape.rank == 2, matrix.elementCount > 0
            else { continue }
            if node.op is MatMul {
                var bias: Tensor?
                var target = output
                if consumers[output].count == 1, !pinned.contains(output), let reader = consumers[output].first,
                    let (tensor, sum) = addedBias(nodes[reader], to: output, count: matrix.shape[1])
                {
                    (bias, target) = (tensor, sum)
                    removed.insert(reader)
                }
                nodes[index].op = DenseProduct(node.description, matrix: matrix.transposed(), bias: bias)
                nodes[index].outputs = [target]
            } else if let gemm = node.op as? Gemm, let (matrix, bias) = gemm.constantOperands(constants(of: node)) {
                nodes[index].op = DenseProduct(node.description, matrix: matrix, bias: bias).ending(with: gemm.epilogue)
            } else {
                continue
            }
            nodes[index].inputs = [left]
            nodes[index].description.hasInput = [true]
        }
        removeNodes(removed)
    }

    private func constants(of node: Node) -> [Tensor?] { node.inputs.map { $0.flatMap { values[$0].constant } } }

    /// For an Add of `value` and `count` constants along the last axis: the constants, and the sum.
    private func addedBias(_ node: Node, to value: Int, count: Int) -> (Tensor, Int)? {
        guard node.description.op == "Add", node.description.domain.isEmpty, node.inputs.count == 2,
            let sum = node.outputs.first ?? nil,
            let other = node.inputs[0] == value ? node.inputs[1] : node.inputs[0], other != value,
            let bias = values[other].constant, bias.dataType == .float32, bias.shape == [count]
        else { return nil }
        return (bias, sum)
    }
}

extension Tensor {
    /// The transpose of a matrix of float32.
    fileprivate func transposed() -> Tensor {
        let (rows, columns) = (shape[0], shape[1])
        let result = Tensor(dataType: dataType, shape: [columns, rows], zeroed: false)
        let (source, target) = (elements(as: Float.self), result.mutableElements(as: Float.self))
        for row in 0..<rows {
            for column in 0..<columns { target[column * rows + row] = source[row * columns + column] }
        }
        return result
    }
}
