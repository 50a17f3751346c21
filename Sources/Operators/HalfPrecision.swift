internal import Graph
internal import Tensors

extension DataType {
    var isHalf: Bool { self == .float16 || self == .bfloat16 }
}

extension Operator {
    /// Runs an operator on 16-bit floats in float32: inputs widened, float32 outputs rounded back.
    func runWidened(_ context: RunContext, _ dataType: DataType, node: NodeDescription) throws(GraphError) {
        var inputs: [Tensor?] = []
        for input in context.inputs {
            if let input, input.dataType.isHalf {
                inputs.append(try input.converted(to: .float32, node: node))
            } else {
                inputs.append(input)
            }
        }
        let wide = RunContext(
            inputs: inputs, outputs: Array(repeating: nil, count: context.outputs.count),
            workspace: context.workspace, parallelism: context.parallelism)
        try run(wide)
        for (index, output) in wide.outputs.enumerated() {
            guard let output else { continue }
            if output.dataType == .float32 {
                let narrow = context.output(index, dataType, output.shape)
                try output.convert(into: narrow, node: node)
            } else {
                context.setOutput(index, output)
            }
        }
    }
}
