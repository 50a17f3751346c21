internal import Graph
internal import Operators

extension Graph {
    /// Everything that happens between import and the first run: types, folding, fusion, packing of weights.
    mutating func optimize(_ options: SessionOptions) throws(GraphError) {
        let quantized: Set<String> = ["DequantizeLinear", "QLinearConv", "QLinearMatMul"]
        if options.fuses, nodes.contains(where: { quantized.contains($0.description.op) }) {
            var folding = options.folding
            folding.keepsDequantization = true
            try inferTypes(folding: folding)
            eliminateIdentity()
            try assignIntegerKernels(folding: folding)
        }
        try inferTypes(folding: options.folding)
        eliminateIdentity()
        if options.fuses {
            foldBatchNormalization()
            fuseAttention(options.precision)
            try recognizeGelu()
            try assignDenseProducts(options.precision)
            fuseActivations()
        }
        if options.usesBlockedLayout {
            removeDeadNodes()
            try assignBlockedLayout()
        }
        if options.fuses {
            fuseResiduals()
            fuseActivations()
        }
        removeDeadNodes()
        if options.precision == .bf16 { storeHalves() }
        try prepareOperators()
        removeDeadNodes()
    }

    /// Hands each operator its constant inputs; those it has taken into its own form are dropped.
    private mutating func prepareOperators() throws(GraphError) {
        var needed = Set(outputs).union(pinnedValues())
        for index in nodes.indices {
            let constants = nodes[index].inputs.map { $0.flatMap { values[$0].constant } }
            var consumed: Set<Int> = []
            if constants.contains(where: { $0 != nil }) {
                (nodes[index].op, consumed) = try nodes[index].op.prepared(constants: constants)
            }
            for (slot, input) in nodes[index].inputs.enumerated() where !consumed.contains(slot) {
                if let input { needed.insert(input) }
            }
        }
        for index in values.indices where !needed.contains(index) { values[index].constant = nil }
    }
}
