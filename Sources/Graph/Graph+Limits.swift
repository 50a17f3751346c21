internal import Tensors

extension Graph.Node {
    /// Checks that what the node is about to make fits, as far as that is known from its inputs.
    ///
    /// - Parameter inputs: the elements of each input where they are at hand, else its type.
    /// - Throws: ``GraphError/limitExceeded(what:limit:value:)``, or what the operator has against the inputs.
    package func checkOutputs(_ inputs: [ValueFact?], byteLimit: Int) throws(GraphError) {
        // A body checks each of its own nodes.
        guard subgraphs.isEmpty else { return }
        var total = 0
        for type in try op.outputTypes(inputs) {
            guard let extents = type.dimensions?.compactMap(\.fixedExtent), extents.count == type.rank else { continue }
            let bytes = Shape.checkedElementCount(of: extents)
                .map { $0.multipliedReportingOverflow(by: type.dataType.byteWidth ?? 1) }
            guard let bytes, !bytes.overflow, bytes.partialValue <= byteLimit - total else {
                throw .limitExceeded(
                    what: "bytes of the outputs of '\(description.name)'", limit: byteLimit,
                    value: bytes.map { $0.overflow ? Int.max : $0.partialValue } ?? Int.max)
            }
            total += bytes.partialValue
        }
    }
}
