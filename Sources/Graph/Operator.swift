package import Tensors

/// One ONNX operator, made for one node: attributes parsed and checked, ready to infer types and to run.
///
/// An operator is immutable and shared by concurrent runs; what a run needs comes in the ``RunContext``.
package protocol Operator: Sendable {
    /// The ONNX operator type: `Conv`, `MaxPool`, …
    static var opType: String { get }
    /// `""` for the standard domain.
    static var domain: String { get }
    /// The opset versions this type implements.
    static var opsets: ClosedRange<Int> { get }

    /// - Throws: ``GraphError`` when an attribute is missing, of the wrong type, or asks for something not supported.
    init(_ node: NodeDescription) throws(GraphError)

    /// Types of all outputs, as far as the inputs' facts tell. Entry `i` of `inputs` is `nil` when the node leaves it out.
    ///
    /// - Throws: ``GraphError/mismatch(node:op:detail:)`` when ranks, extents or types do not fit.
    func outputTypes(_ inputs: [ValueFact?]) throws(GraphError) -> [ValueType]

    /// The same for an operator whose bodies may read values of the graph around it, whose types `outer` tells by name.
    /// An entry is `nil` where nothing is known.
    func outputTypes(_ inputs: [ValueFact?], outer: (String) -> ValueType?) throws(GraphError) -> [ValueType?]

    /// Bytes of scratch memory that ``run(_:)`` wants for inputs of these types. All shapes are fixed.
    func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int

    /// The operator to run in place of this one when some inputs are constants: the chance to pack weights once.
    /// An input whose constant is no longer needed at run time is named in `consumed`, and its tensor is then dropped.
    func prepared(constants: [Tensor?]) throws(GraphError) -> (operator: any Operator, consumed: Set<Int>)

    /// The input whose memory the first output may take over when nobody else reads it: same type, same bytes.
    var inPlaceInput: Int? { get }

    /// Computes every connected output.
    func run(_ context: RunContext) throws(GraphError)
}

extension Operator {
    package static var domain: String { "" }
    package static var opsets: ClosedRange<Int> { 1...Int.max }
    package func outputTypes(
        _ inputs: [ValueFact?], outer: (String) -> ValueType?
    ) throws(GraphError) -> [ValueType?] {
        try outputTypes(inputs)
    }
    package func workspaceByteCount(_ inputs: [ValueType?], parallelism: Int) -> Int { 0 }
    package func prepared(constants: [Tensor?]) throws(GraphError) -> (operator: any Operator, consumed: Set<Int>) {
        (self, [])
    }
    package var inPlaceInput: Int? { nil }
}
