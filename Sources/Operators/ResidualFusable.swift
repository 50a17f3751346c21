package import Graph

/// Where an operator adds a residual: before its activation (ResNet) or after it (CSP and YOLO blocks).
package enum ResidualOrder: Sendable {
    case beforeActivation
    case afterActivation
}

/// An operator that can add a second input of its output's shape, and end with an ``Epilogue``.
package protocol ResidualFusable: EpilogueFusable {
    var epilogue: Epilogue { get set }
    var residual: ResidualOrder? { get set }
    /// Whether the kernels cover a residual of this output.
    var coversResidual: Bool { get }
}

extension ResidualFusable {
    package var coversResidual: Bool { true }

    package func fused(with epilogue: Epilogue) -> (any Operator)? {
        guard self.epilogue == .identity, residual != .afterActivation else { return nil }
        var fused = self
        fused.epilogue = epilogue
        return fused
    }

    /// The same operator with one more input, the residual, added to what it makes now; `nil` when it has one already.
    package func fusedWithResidual() -> (any Operator)? {
        guard residual == nil, coversResidual else { return nil }
        var fused = self
        fused.residual = epilogue == .identity ? .beforeActivation : .afterActivation
        return fused
    }
}
