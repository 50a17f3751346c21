package import Graph
internal import Tensors

/// ONNX `Col2Im`: adds up blocks that a sliding window took from a picture, each where it came from.
///
/// x: [N, C · block elements, block positions]; inputs 1 and 2: the picture's and the block's spatial extents.
package struct Col2Im: Operator {
    package static let opType = "Col2Im"
    package static let opsets = 18...Int.max
    private let node: NodeDescription
    private let strides: [Int]?
    private let dilations: [Int]?
    private let pads: [Int]?

    private static let attributeLimit = 1 << 20

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 3...3)
        self.node = node
        strides = try Self.list(node, "strides", 1)
        dilations = try Self.list(node, "dilations", 1)
        pads = try Self.list(node, "pads", 0)
    }

    private static func list(_ node: NodeDescription, _ key: String, _ low: Int) throws(GraphError) -> [Int]? {
        guard let values = try node.ints(key) else { return nil }
        for value in values where value < low || value > attributeLimit {
            throw node.malformed("\(key) holds \(value)")
        }
        return values
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let x = try node.fact(inputs, 0)
        guard let image = try node.fact(inputs, 1).integers(node), let block = try node.fact(inputs, 2).integers(node),
            let dimensions = x.dimensions, dimensions.count == 3
        else { return [ValueType(x.dataType, nil)] }
        let count = try elementCount(block)
        let channels = dimensions[1].fixedExtent.map { Dimension.fixed($0 / count) } ?? .unknown
        _ = try node.shape(image)
        return [ValueType(x.dataType, [dimensions[0], channels] + image.map { .fixed($0) })]
    }

    private func elementCount(_ block: [Int]) throws(GraphError) -> Int {
        guard block.allSatisfy({ 1...Self.attributeLimit ~= $0 }),
            let count = Shape.checkedElementCount(of: block), count <= NodeDescription.elementLimit
        else { throw node.mismatch("a block of \(block)") }
        return count
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0)
        if x.dataType.isHalf { return try runWidened(context, x.dataType, node: node) }
        let image = try node.integers(context.input(1)), block = try node.integers(context.input(2))
        let rank = image.count
        let strides = strides ?? [Int](repeating: 1, count: rank)
        let dilations = dilations ?? [Int](repeating: 1, count: rank)
        let pads = pads ?? [Int](repeating: 0, count: 2 * rank)
        let elements = try elementCount(block)
        guard rank > 0, block.count == rank, strides.count == rank, dilations.count == rank, pads.count == 2 * rank,
            image.allSatisfy({ 1...(1 << 40) ~= $0 }), x.shape.rank == 3, x.shape[1] % elements == 0
        else { throw node.mismatch("x of \(x.shape), a picture of \(image), blocks of \(block)") }
        var positions: [Int] = []
        for axis in 0..<rank {
            let room = image[axis] + pads[axis] + pads[axis + rank] - dilations[axis] * (block[axis] - 1) - 1
            guard room >= 0 else { throw node.mismatch("blocks of \(block) in a picture of \(image)") }
            positions.append(room / strides[axis] + 1)
        }
        guard Shape.checkedElementCount(of: positions) == x.shape[2] else {
            throw node.mismatch("\(x.shape[2]) blocks, \(positions) are wanted")
        }
        let channels = x.shape[1] / elements
        let y = context.output(0, x.dataType, try node.shape([x.shape[0], channels] + image))
        // For each axis, element and position: the pixel, or −1.
        let pixels = (0..<rank).map { axis in
            (0..<block[axis]).map { element in
                (0..<positions[axis]).map { position in
                    let at = position * strides[axis] - pads[axis] + element * dilations[axis]
                    return at >= 0 && at < image[axis] ? at : -1
                }
            }
        }
        try node.visit(
            x.dataType,
            Body(
                x: x, y: y, planes: x.shape[0] * channels, image: Shape(image), block: Shape(block),
                positions: Shape(positions), pixels: pixels))
    }

    private struct Body: RealVisitor {
        let x: Tensor
        let y: Tensor
        let planes: Int
        let image: Shape
        let block: Shape
        let positions: Shape
        let pixels: [[[Int]]]

        func visit<T: BinaryFloatingPoint & TensorElement>(floating type: T.Type) { add(T(0)) { $0 + $1 } }
        func visit<T: FixedWidthInteger & TensorElement>(integer type: T.Type) { add(T(0)) { $0 &+ $1 } }

        private func add<T: BitwiseCopyable>(_ zero: T, _ sum: (T, T) -> T) {
            let source = x.pointer(T.self), target = y.pointer(T.self)
            let (elements, count, size) = (block.elementCount, positions.elementCount, image.elementCount)
            let (blockStrides, positionStrides, strides) = (block.strides, positions.strides, image.strides)
            target.update(repeating: zero, count: y.elementCount)
            for element in 0..<elements {
                for position in 0..<count {
                    var pixel = 0
                    for axis in 0..<image.rank {
                        let at = pixels[axis][element / blockStrides[axis] % block[axis]][
                            position / positionStrides[axis] % positions[axis]]
                        pixel = at < 0 || pixel < 0 ? -1 : pixel + at * strides[axis]
                    }
                    if pixel < 0 { continue }
                    for plane in 0..<planes {
                        let place = plane * size + pixel
                        target[place] = sum(target[place], source[(plane * elements + element) * count + position])
                    }
                }
            }
        }
    }
}
