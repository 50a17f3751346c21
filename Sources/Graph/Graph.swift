package import Tensors

/// A network as typed nodes and values: what rewrites change and the session runs.
///
/// Values are addressed by their index, which stays valid while rewrites work; a value that no node uses is harmless.
package struct Graph: Sendable {
    package struct Value: Sendable {
        package var name: String
        package var type: ValueType?
        /// Elements of an initializer or of a folded value.
        package var constant: Tensor?

        package init(name: String, type: ValueType? = nil, constant: Tensor? = nil) {
            self.name = name
            self.type = type
            self.constant = constant
        }
    }

    package struct Node: Sendable {
        package var description: NodeDescription
        package var op: any Operator
        /// Indices into `values`; `nil` for an input or output left out.
        package var inputs: [Int?]
        package var outputs: [Int?]

        package init(description: NodeDescription, op: any Operator, inputs: [Int?], outputs: [Int?]) {
            self.description = description
            self.op = op
            self.inputs = inputs
            self.outputs = outputs
        }
    }

    package var name: String
    package var values: [Value]
    /// In topological order.
    package var nodes: [Node]
    package var inputs: [Int]
    package var outputs: [Int]
    /// Values of the enclosing graph that a subgraph body reads, by name, as (own index, outer name).
    package var captures: [(value: Int, outerName: String)]

    package init(
        name: String = "", values: [Value] = [], nodes: [Node] = [], inputs: [Int] = [], outputs: [Int] = [],
        captures: [(value: Int, outerName: String)] = []
    ) {
        self.name = name
        self.values = values
        self.nodes = nodes
        self.inputs = inputs
        self.outputs = outputs
        self.captures = captures
    }
}
