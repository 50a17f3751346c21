package import Tensors

/// What one node sees during a run: its inputs, where its outputs go, scratch memory, and threads.
///
/// Owned by one run at a time. The session fills it once per plan, so that nothing is allocated while frames flow.
package final class RunContext {
    package var inputs: [Tensor?]
    /// Planned outputs; after the run, the outputs.
    package var outputs: [Tensor?]
    package var workspace: UnsafeMutableRawBufferPointer
    package var parallelism: Parallelism
    /// Bytes that what a node makes, or works with besides its workspace, may take; set by the session.
    package var byteLimit = 2 << 30
    /// Runs the body of If, Loop or Scan; set by the session.
    package var runSubgraph: ((Graph, [Tensor]) throws(GraphError) -> [Tensor])?

    package init(
        inputs: [Tensor?], outputs: [Tensor?],
        workspace: UnsafeMutableRawBufferPointer = UnsafeMutableRawBufferPointer(start: nil, count: 0),
        parallelism: Parallelism = .serial
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.workspace = workspace
        self.parallelism = parallelism
    }

    /// Memory to work with beyond the workspace, for operators whose needs show only in the run.
    ///
    /// - Throws: ``GraphError/limitExceeded(what:limit:value:)`` above ``byteLimit``.
    package func scratch(byteCount: Int, _ node: NodeDescription) throws(GraphError) -> ByteStorage {
        guard byteCount <= byteLimit else {
            throw .limitExceeded(what: "bytes of scratch memory of '\(node.name)'", limit: byteLimit, value: byteCount)
        }
        return ByteStorage(byteCount: byteCount, zeroed: false)
    }

    /// A required input. The loader has checked that it is connected.
    package func input(_ index: Int) -> Tensor {
        guard let tensor = inputs[index] else { preconditionFailure("required input \(index) is not connected") }
        return tensor
    }

    package func optionalInput(_ index: Int) -> Tensor? { index < inputs.count ? inputs[index] : nil }

    /// The tensor to write output `index` to: the planned one when type and shape agree, else a new one.
    package func output(_ index: Int, _ dataType: DataType, _ shape: Shape) -> Tensor {
        if let planned = outputs[index], planned.dataType == dataType, planned.shape == shape { return planned }
        let tensor = Tensor(dataType: dataType, shape: shape, zeroed: false)
        outputs[index] = tensor
        return tensor
    }

    /// Hands on an existing tensor as output `index` (views: Reshape, Identity). When the plan has its own place for the
    /// output, the bytes are copied there.
    package func setOutput(_ index: Int, _ tensor: Tensor) {
        guard let planned = outputs[index], planned.dataType == tensor.dataType, planned.shape == tensor.shape else {
            outputs[index] = tensor
            return
        }
        if planned.base != tensor.base { planned.base.copyMemory(from: tensor.base, byteCount: tensor.byteCount) }
    }
}
