package import Graph
internal import Tensors

/// ONNX `MaxUnpool`: puts each element back where a MaxPool found it, 0 elsewhere. Inputs: x [N, C, …], its indices into
/// the flattened picture, and perhaps the output's shape, at least as large.
package struct MaxUnpool: Operator {
    package static let opType = "MaxUnpool"
    private let node: NodeDescription
    private let kernel: [Int]
    private let strides: [Int]
    private let pads: [Int]

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...3)
        self.node = node
        guard let kernel = try node.ints("kernel_shape") else { throw node.malformed("kernel_shape is missing") }
        self.kernel = kernel
        strides = try node.ints("strides") ?? kernel.map { _ in 1 }
        pads = try node.ints("pads") ?? kernel.flatMap { _ in [0, 0] }
        guard strides.count == kernel.count, pads.count == 2 * kernel.count,
            (kernel + strides + pads).allSatisfy({ 0...(1 << 20) ~= $0 })
        else { throw node.malformed("kernel \(kernel), strides \(strides), pads \(pads)") }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let x = try node.fact(inputs, 0)
        guard x.dataType.isFloatingPoint else { throw node.mismatch("does not take \(x.dataType)") }
        if let given = node.optionalFact(inputs, 2) {
            guard let extents = try given.integers(node) else {
                return [ValueType(x.dataType, x.type.rank.map { .unknown(rank: $0) })]
            }
            return [ValueType(x.dataType, shape: try node.shape(extents))]
        }
        guard let dimensions = x.dimensions else { return [ValueType(x.dataType, nil)] }
        guard dimensions.count == kernel.count + 2 else { throw node.mismatch("an input of rank \(dimensions.count)") }
        var result = Array(dimensions[..<2])
        for (axis, dimension) in dimensions[2...].enumerated() {
            guard let extent = dimension.fixedExtent else {
                result.append(.unknown)
                continue
            }
            result.append(.fixed(try unpooled(extent, axis)))
        }
        return [ValueType(x.dataType, result)]
    }

    private func unpooled(_ extent: Int, _ axis: Int) throws(GraphError) -> Int {
        let full = try node.sum(try node.product(extent - 1, strides[axis]), kernel[axis])
        let extent = full - pads[axis] - pads[axis + kernel.count]
        guard extent >= 0 else { throw node.mismatch("an extent of \(extent)") }
        return extent
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), indices = context.input(1)
        guard indices.dataType == .int64, indices.shape == x.shape, x.shape.rank == kernel.count + 2 else {
            throw node.mismatch("x \(x) with indices \(indices)")
        }
        var extents = Array(x.shape.dimensions[..<2])
        for axis in kernel.indices { extents.append(try unpooled(x.shape[axis + 2], axis)) }
        let inner = try node.shape(extents)
        var shape = inner
        if let given = context.optionalInput(2) { shape = try node.shape(try node.integers(given)) }
        guard shape.rank == inner.rank, zip(shape.dimensions, inner.dimensions).allSatisfy({ $0 >= $1 }) else {
            throw node.mismatch("an output of \(shape), smaller than \(inner)")
        }
        let places = indices.elements(as: Int64.self)
        let count = inner.elementCount
        for place in places where place < 0 || place >= count { throw node.mismatch("index \(place) of \(count)") }
        let y = context.output(0, x.dataType, shape)
        let (from, to) = (inner.strides, shape.strides)
        let width = x.dataType.byteWidth ?? 0
        UnsafeMutableRawBufferPointer(start: y.base, count: y.byteCount).initializeMemory(as: UInt8.self, repeating: 0)
        for (index, place) in places.enumerated() {
            var offset = 0
            for axis in 0..<inner.rank { offset += Int(place) / from[axis] % inner[axis] * to[axis] }
            (y.base + offset * width).copyMemory(from: x.base + index * width, byteCount: width)
        }
    }
}
