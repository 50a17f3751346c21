package import Graph
package import Tensors

/// Names one of the recurrent operators.
package protocol RecurrentName: Sendable {
    static var opType: String { get }
}

package enum RNN: RecurrentName { package static let opType = "RNN" }
package enum GRU: RecurrentName { package static let opType = "GRU" }
package enum LSTM: RecurrentName { package static let opType = "LSTM" }

/// ONNX `RNN`, `GRU` and `LSTM`. Float32, each product a sum in ascending order after another, so that a sequence's answer
/// does not depend on the batch it comes in; 16-bit floats are computed in float32.
package struct RecurrentOperator<Name: RecurrentName>: Operator {
    package static var opType: String { Name.opType }
    private var layer: Layer

    private enum Layer: Sendable {
        case rnn(RecurrentLayer<SimpleCell>)
        case gru(RecurrentLayer<GatedCell>)
        case lstm(RecurrentLayer<MemoryCell>)
    }

    package init(_ node: NodeDescription) throws(GraphError) {
        switch Name.opType {
        case "RNN": layer = .rnn(try RecurrentLayer(node))
        case "GRU": layer = .gru(try RecurrentLayer(node))
        default: layer = .lstm(try RecurrentLayer(node))
        }
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        switch layer {
        case .rnn(let layer): try layer.outputTypes(inputs)
        case .gru(let layer): try layer.outputTypes(inputs)
        case .lstm(let layer): try layer.outputTypes(inputs)
        }
    }

    package func prepared(constants: [Tensor?]) throws(GraphError) -> (operator: any Operator, consumed: Set<Int>) {
        var prepared = self
        switch layer {
        case .rnn(let layer):
            guard let packed = try layer.prepared(constants: constants) else { return (self, []) }
            prepared.layer = .rnn(packed)
        case .gru(let layer):
            guard let packed = try layer.prepared(constants: constants) else { return (self, []) }
            prepared.layer = .gru(packed)
        case .lstm(let layer):
            guard let packed = try layer.prepared(constants: constants) else { return (self, []) }
            prepared.layer = .lstm(packed)
        }
        return (prepared, [1, 2])
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let type = context.input(0).dataType
        switch layer {
        case .rnn(let layer):
            if type.isHalf { return try runWidened(context, type, node: layer.node) }
            try layer.run(context)
        case .gru(let layer):
            if type.isHalf { return try runWidened(context, type, node: layer.node) }
            try layer.run(context)
        case .lstm(let layer):
            if type.isHalf { return try runWidened(context, type, node: layer.node) }
            try layer.run(context)
        }
    }
}
