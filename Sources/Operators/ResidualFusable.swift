package import Graph

/// Where an operator adds a residual: before its activation (ResNet) or after it (CSP and YOLO blocks).
package enum ResidualOrder: Sendable {
    case beforeActivation
    case afterActivation
}

/// An operator that can add a second input of its output's shape.
package protocol ResidualFusable: Operator {
    var residual: ResidualOrder? { get }

    /// The same operator with one more input, the residual, added to what it makes now; `nil` when it has one already.
    func fusedWithResidual() -> (any Operator)?
}
