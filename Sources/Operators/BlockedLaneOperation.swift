internal import CKernels
package import Graph
internal import Tensors

/// A binary operation in a network in bf16 between blocked values [N, B, H, W, 16], of float32 or bfloat16, and one vector
/// for all pixels of a channel block, [N, B, 1, 1, 16] of float32: squeeze-and-excitation.
package struct BlockedLaneOperation: HalfStoring {
    package static let opType = "BlockedLaneOperation"
    package static let domain = "fovea"
    private let node: NodeDescription
    private let operation: ck_f32_operation
    private var outputType = DataType.float32

    /// A binary operator makes it.
    package init(_ node: NodeDescription) throws(GraphError) {
        throw node.malformed("an operation on blocks is not part of a model")
    }

    init(_ node: NodeDescription, _ operation: ck_f32_operation) {
        self.node = node
        self.operation = operation
    }

    package func readsHalf(_ slot: Int) -> Bool { slot == 0 }
    package var followsInputs: Bool { false }

    package func storingHalf() -> (any Operator)? {
        var storing = self
        storing.outputType = .bfloat16
        return storing
    }

    package func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType] {
        guard let x = inputs[0]?.type, let lanes = inputs[1]?.type, lanes.dataType == .float32 else {
            throw node.mismatch("lanes are not of float32")
        }
        return [ValueType(outputType, try node.broadcast([x.dimensions, lanes.dimensions]))]
    }

    package func run(_ context: RunContext) throws(GraphError) {
        let (x, lanes) = (context.input(0), context.input(1))
        guard x.shape.rank == 5, x.shape[4] == 16, lanes.dataType == .float32,
            lanes.shape.dimensions == [x.shape[0], x.shape[1], 1, 1, 16]
        else { throw node.mismatch("\(x) with lanes \(lanes)") }
        let y = context.output(0, outputType, x.shape)
        let pixels = x.shape[2] * x.shape[3]
        let (source, target, operation) = (StoredValues(x), StoredValues(y), operation)
        context.spread(x.shape[0] * x.shape[1], cost: pixels * 16) { range in
            for block in range {
                let at = block * pixels * 16
                ck_bf16_block_zip(
                    operation, source.element(at), source.isHalf ? 1 : 0, lanes.pointer(Float.self) + block * 16,
                    target.element(at), target.isHalf ? 1 : 0, pixels)
            }
        }
    }
}
