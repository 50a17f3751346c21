package import Graph
package import ONNX
package import Tensors

/// How a model is loaded.
package struct SessionOptions: Sendable {
    package var limits = ONNXLimits()
    package var folding = Graph.FoldLimits()
    /// Whether batch normalisation and activations are fused into the operators before them.
    package var fuses = true
    /// Whether convolutions and what lies between them work on blocked layout.
    package var usesBlockedLayout = true
    /// The most memory, in bytes, that one context may plan for intermediate values, and the most that one node may make
    /// when its output's size is known only during a run. Checked before anything is allocated.
    package var arenaByteLimit = 2 << 30
    /// Shapes of inputs that replace those which the model declares.
    package var inputShapes: [String: Shape] = [:]
    /// Whether products keep the same bits on every machine.
    package var numerics = Numerics.exact
    /// What products are computed in. bf16 needs fusion and blocked layout: without them a network runs in fp32. A quantised
    /// network runs in int8 whatever is asked for; int8 asks for one.
    package var precision = Precision.fp32

    package init() {}
}
