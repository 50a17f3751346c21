package import Graph
internal import Tensors

/// An operator on blocked layout that can read or write its values as bfloat16: what a network in `bf16` keeps between its
/// products at half the bytes.
package protocol HalfStoring: Operator {
    /// Whether input `slot` may come as bfloat16.
    func readsHalf(_ slot: Int) -> Bool
    /// Whether the output is stored as the inputs are, because elements only move.
    var followsInputs: Bool { get }
    /// The operator with its output in bfloat16; `nil` when it cannot write that.
    func storingHalf() -> (any Operator)?
}

extension HalfStoring {
    package var followsInputs: Bool { false }
}

extension ValueType {
    /// The type with its elements stored as bfloat16.
    package var asHalf: ValueType { ValueType(.bfloat16, dimensions) }
}
