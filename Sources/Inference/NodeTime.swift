internal import Graph
internal import Operators

/// How long one node of a run took.
package struct NodeTime: Sendable {
    package var node: String
    package var op: String
    /// Type of the first output.
    package var output: String
    package var duration: Duration
    /// Multiply-adds of the node, where it counts them.
    package var multiplyAdds: Int?
    /// Whether those are of whole numbers of 8 bits.
    package var countsWholeNumbers = false
}

extension Operator {
    /// The operator's type, with what is fused into it: `Conv+SiLU`.
    var label: String {
        if let fused = self as? any EpilogueFusable, fused.epilogue != .identity {
            return "\(Self.opType)+\(fused.epilogue)"
        }
        return Self.opType
    }
}
