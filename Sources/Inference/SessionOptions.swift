package import Graph
package import ONNX

/// How a model is loaded.
package struct SessionOptions: Sendable {
    package var limits = ONNXLimits()
    package var folding = Graph.FoldLimits()
    /// Whether batch normalisation and activations are fused into the operators before them.
    package var fuses = true
    /// Whether convolutions and what lies between them work on blocked layout.
    package var usesBlockedLayout = true
    /// The most memory that one context may plan for intermediate values, in bytes.
    package var arenaByteLimit = 4 << 30

    package init() {}
}
