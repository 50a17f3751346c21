internal import Graph
internal import Tensors

/// Convolution of float64 by the definition, each sum over channels and kernel elements in ascending order.
struct DoubleConv {
    private let layer: ConvLayer
    private let node: NodeDescription

    init(_ layer: ConvLayer, _ node: NodeDescription) {
        self.layer = layer
        self.node = node
    }

    func run(_ x: Tensor, _ w: Tensor, _ bias: Tensor?, _ context: RunContext) throws(GraphError) {
        let geometry = layer.geometry
        guard w.dataType == .float64,
            bias == nil || (bias?.shape == [layer.outputChannels] && bias?.dataType == .float64)
        else { throw node.mismatch("weights \(w) and bias \(bias.map { "\($0)" } ?? "none") for \(x)") }
        let y = context.output(0, .float64, Shape([layer.batch, layer.outputChannels] + geometry.output))
        let (positions, plane, taps) = (geometry.outputCount, geometry.inputCount, geometry.kernelCount)
        let rows = layer.outputChannels / layer.groups, depth = layer.groupInputs
        let (input, weights, output) = (x.pointer(Double.self), w.pointer(Double.self), y.pointer(Double.self))
        for index in 0..<layer.batch * layer.outputChannels {
            let start = bias.map { $0.pointer(Double.self)[index % layer.outputChannels] } ?? 0
            (output + index * positions).update(repeating: start, count: positions)
        }
        for channel in 0..<depth {
            geometry.forEachTap { position, tap, element in
                for index in 0..<layer.batch * layer.outputChannels {
                    let row = index % layer.outputChannels
                    let source = (index / layer.outputChannels * layer.groups + row / rows) * depth + channel
                    output[index * positions + position] +=
                        input[source * plane + element] * weights[(row * depth + channel) * taps + tap]
                }
            }
        }
    }
}
