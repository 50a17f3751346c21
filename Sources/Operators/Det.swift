package import Graph
internal import Tensors

/// ONNX `Det`: the determinant of each square matrix [..., M, M], by elimination with partial pivoting in double.
package struct Det: Operator {
    package static let opType = "Det"
    private let node: NodeDescription

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 1...1)
        self.node = node
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let x = try node.fact(inputs, 0)
        guard x.dataType.isFloatingPoint else { throw node.mismatch("does not take \(x.dataType)") }
        if let rank = x.type.rank, rank < 2 { throw node.mismatch("an input of rank \(rank)") }
        return [ValueType(x.dataType, x.dimensions.map { Array($0.dropLast(2)) })]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        let extents = x.shape.dimensions
        guard extents.count >= 2, extents[extents.count - 1] == extents[extents.count - 2] else {
            throw node.mismatch("matrices of \(x.shape)")
        }
        let size = extents[extents.count - 1]
        let wide = try x.converted(to: .float64, node: node)
        let result = Tensor(dataType: .float64, shape: Shape(Array(extents.dropLast(2))), zeroed: false)
        for index in 0..<result.elementCount {
            let start = wide.pointer(Double.self) + index * size * size
            var matrix = Array(UnsafeBufferPointer(start: start, count: size * size))
            result.pointer(Double.self)[index] = Self.determinant(&matrix, size)
        }
        context.setOutput(0, try result.converted(to: x.dataType, node: node))
    }

    private static func determinant(_ a: inout [Double], _ size: Int) -> Double {
        var product = 1.0
        for column in 0..<size {
            var pivot = column
            for row in column..<size where a[row * size + column].magnitude > a[pivot * size + column].magnitude {
                pivot = row
            }
            let head = a[pivot * size + column]
            if head == 0 { return 0 }
            if pivot != column {
                for i in 0..<size { a.swapAt(pivot * size + i, column * size + i) }
                product = -product
            }
            product *= head
            for row in column + 1..<max(size, column + 1) {
                let factor = a[row * size + column] / head
                for i in column..<size { a[row * size + i] -= factor * a[column * size + i] }
            }
        }
        return product
    }
}
