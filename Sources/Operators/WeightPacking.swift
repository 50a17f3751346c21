package import Graph

/// An operator that puts its weights into its kernel's order when rewrites are done, so that many can do so at the same time.
package protocol WeightPacking: Operator {
    /// The operator with its weights packed; they are packed for each run before.
    func packed() -> any Operator
}

/// Weights on the way into a kernel's order.
enum PackableWeights<Packed: Sendable>: Sendable {
    case given(@Sendable () -> Packed)
    case packed(Packed)

    var value: Packed {
        switch self {
        case .given(let pack): pack()
        case .packed(let value): value
        }
    }
}
