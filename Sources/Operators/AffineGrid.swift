package import Graph
internal import Tensors

/// ONNX `AffineGrid`: the places, −1…1 along each axis, that an affine map sends the pixels of a picture to: what
/// ``GridSample`` reads.
///
/// theta: [N, 2, 3] or [N, 3, 4]; size: N, C and the spatial extents; output: [N, (D,) H, W, 2 or 3], x first.
package struct AffineGrid: Operator {
    package static let opType = "AffineGrid"
    package static let opsets = 20...Int.max
    private let node: NodeDescription
    private let alignsCorners: Bool

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        alignsCorners = try node.int("align_corners") ?? 0 != 0
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let theta = try node.fact(inputs, 0)
        guard theta.dataType.isFloatingPoint else { throw node.mismatch("does not take \(theta.dataType)") }
        guard let size = try node.fact(inputs, 1).integers(node) else { return [ValueType(theta.dataType, nil)] }
        return [ValueType(theta.dataType, shape: try shape(size))]
    }

    private func shape(_ size: [Int]) throws(GraphError) -> Shape {
        guard size.count == 4 || size.count == 5 else { throw node.mismatch("a size of \(size.count) extents") }
        return try node.shape([size[0]] + size[2...] + [size.count - 2])
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let theta = context.input(0)
        let shape = try shape(try node.integers(context.input(1)))
        let axes = shape.rank - 2
        guard theta.shape == [shape[0], axes, axes + 1] else {
            throw node.mismatch("theta of \(theta.shape) for \(axes) axes")
        }
        let wide = try theta.converted(to: .float64, node: node)
        let grid = Tensor(dataType: .float64, shape: shape, zeroed: false)
        let extents = Array(shape.dimensions[1...axes])
        // Positions along each axis, the outermost first.
        let positions = extents.map { extent in
            (0..<extent).map { index in
                alignsCorners
                    ? (extent > 1 ? -1 + 2 * Double(index) / Double(extent - 1) : 0)
                    : (2 * Double(index) + 1) / Double(extent) - 1
            }
        }
        let strides = Shape(extents).strides
        let points = extents.reduce(1, *)
        for batch in 0..<shape[0] {
            let matrix = wide.pointer(Double.self) + batch * axes * (axes + 1)
            for point in 0..<points {
                let target = grid.pointer(Double.self) + (batch * points + point) * axes
                for row in 0..<axes {
                    var sum = matrix[row * (axes + 1) + axes]
                    for column in 0..<axes {
                        // Columns count from the innermost axis.
                        let axis = axes - 1 - column
                        sum +=
                            matrix[row * (axes + 1) + column] * positions[axis][point / strides[axis] % extents[axis]]
                    }
                    target[row] = sum
                }
            }
        }
        context.setOutput(0, try grid.converted(to: theta.dataType, node: node))
    }
}
