package import Graph
internal import Tensors

/// ONNX `GatherND`: the last axis of `indices` holds places in the data, after `batch_dims` axes that both share.
package struct GatherND: Operator {
    package static let opType = "GatherND"
    private let node: NodeDescription
    private let batchAxes: Int

    package init(_ node: NodeDescription) throws(GraphError) {
        try node.require(inputs: 2...2)
        self.node = node
        batchAxes = try node.int("batch_dims") ?? 0
        guard batchAxes >= 0 else { throw node.malformed("batch_dims is \(batchAxes)") }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        let data = try node.fact(inputs, 0)
        guard let x = data.dimensions, let indices = try node.fact(inputs, 1).dimensions,
            let depth = indices.last?.fixedExtent
        else { return [ValueType(data.dataType, nil)] }
        guard batchAxes < indices.count, depth <= x.count - batchAxes else {
            throw node.mismatch("places of \(depth) indices in data of rank \(x.count)")
        }
        return [ValueType(data.dataType, Array(indices.dropLast() + x[(batchAxes + depth)...]))]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let x = context.input(0), indices = context.input(1)
        let slices = try IndexedSlices(indices, batchAxes: batchAxes, in: x.shape, node)
        let shape = try node.shape(indices.shape.dimensions.dropLast() + x.shape.dimensions[slices.firstInner...])
        let y = context.output(0, x.dataType, shape)
        let bytes = slices.length * (x.dataType.byteWidth ?? 0)
        for (index, offset) in slices.offsets.enumerated() {
            (y.base + index * bytes).copyMemory(
                from: x.base + offset * (x.dataType.byteWidth ?? 0), byteCount: bytes)
        }
    }
}

/// The slices of data that the last axis of `indices` names, for GatherND and ScatterND.
struct IndexedSlices {
    /// Offset of each slice in elements.
    private(set) var offsets: [Int] = []
    /// Elements of a slice.
    let length: Int
    /// The first axis of the data that belongs to the slices.
    let firstInner: Int

    init(_ indices: Tensor, batchAxes: Int, in shape: Shape, _ node: NodeDescription) throws(GraphError) {
        guard let depth = indices.shape.dimensions.last, batchAxes < indices.shape.rank,
            batchAxes <= shape.rank, depth <= shape.rank - batchAxes
        else { throw node.mismatch("indices of \(indices.shape) for data of \(shape)") }
        guard indices.shape.dimensions[..<batchAxes] == shape.dimensions[..<batchAxes] else {
            throw node.mismatch("indices of \(indices.shape) and data of \(shape) differ in a batch axis")
        }
        firstInner = batchAxes + depth
        length = shape.dimensions[firstInner...].reduce(1, *)
        let strides = shape.strides
        let batches = shape.dimensions[..<batchAxes].reduce(1, *)
        let perBatch = indices.shape.dimensions[batchAxes...].dropLast().reduce(1, *)
        let batchStride = shape.dimensions[batchAxes...].reduce(1, *)
        let values = try node.integers(indices)
        offsets.reserveCapacity(batches * perBatch)
        for place in 0..<batches * perBatch {
            var offset = place / perBatch * batchStride
            for level in 0..<depth {
                let axis = batchAxes + level
                let index = values[place * depth + level]
                guard index >= -shape[axis], index < shape[axis] else {
                    throw node.mismatch("index \(index) of \(shape[axis]) elements")
                }
                offset += (index < 0 ? index + shape[axis] : index) * strides[axis]
            }
            offsets.append(offset)
        }
    }
}
