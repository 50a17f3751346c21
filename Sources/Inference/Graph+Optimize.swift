internal import Graph
internal import Operators
internal import Tensors

extension Graph {
    /// Whether activations are quantised somewhere: weights alone are not enough.
    var isQuantized: Bool {
        let operators: Set<String> = [
            "QuantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger",
        ]
        return nodes.contains { operators.contains($0.description.op) }
    }

    /// Everything that happens between import and the first run: types, folding, fusion, packing of weights.
    mutating func optimize(_ options: SessionOptions, parallelism: Parallelism = .serial) throws(GraphError) {
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
        packWeights(parallelism)
    }

    private mutating func packWeights(_ parallelism: Parallelism) {
        let packing = nodes.indices.filter { nodes[$0].op is any WeightPacking }
        let operators = packing.map { nodes[$0].op }
        let packed = parallelism.map(count: operators.count) { index in
            (operators[index] as? any WeightPacking)?.packed() ?? operators[index]
        }
        for (index, op) in zip(packing, packed) { nodes[index].op = op }
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
