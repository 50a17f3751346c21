internal import Tensors

extension Graph {
    /// How many elements constant folding may make.
    package struct FoldLimits: Sendable {
        /// Of one node's outputs, unless one of its inputs is as large.
        package var elementsPerValue = 1 << 22
        /// Of all nodes' outputs together, beyond the elements of the constants that the model brings along.
        package var elements = 1 << 26
        /// Whether DequantizeLinear of constants stays, for rewrites that want the levels.
        package var keepsDequantization = false

        package init() {}
    }

    /// Works out the type of every value from the inputs' types, and computes the nodes whose inputs are all constants.
    ///
    /// A type the operators cannot tell stays as declared. Folded nodes are removed; their outputs become constants.
    ///
    /// - Parameters:
    ///   - folding: `nil` leaves all nodes in place.
    ///   - outer: types of the enclosing graph's values, by name.
    package mutating func inferTypes(
        folding: FoldLimits? = FoldLimits(), outer: (String) -> ValueType? = { _ in nil }
    ) throws(GraphError) {
        for capture in captures where values[capture.value].type == nil {
            values[capture.value].type = outer(capture.outerName)
        }
        let hasBodies = nodes.contains { !$0.subgraphs.isEmpty }
        let names =
            hasBodies
            ? Dictionary(values.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first }) : [:]
        var allowance = folding.map { $0.elements + values.reduce(0) { $0 + ($1.constant?.elementCount ?? 0) } } ?? 0
        var folded: Set<Int> = []
        for index in nodes.indices {
            let facts = nodes[index].inputs.map { $0.flatMap(fact) }
            guard zip(nodes[index].inputs, facts).allSatisfy({ $0 == nil || $1 != nil }) else { continue }
            let told = try outputTypes(nodes[index], facts, names)
            for (output, type) in zip(nodes[index].outputs, told) {
                guard let output, let type else { continue }
                values[output].type = Self.merge(inferred: type, declared: values[output].type)
            }
            let types = told.compactMap { $0 }
            guard types.count == told.count else { continue }
            if let folding, try fold(index, facts, types, folding, &allowance) { folded.insert(index) }
        }
        removeNodes(folded)
    }

    private func outputTypes(
        _ node: Node, _ facts: [ValueFact?], _ names: [String: Int]
    ) throws(GraphError) -> [ValueType?] {
        if node.subgraphs.isEmpty { return try node.op.outputTypes(facts) }
        return try node.op.outputTypes(facts) { name in names[name].flatMap { values[$0].type } }
    }

    private func fact(_ value: Int) -> ValueFact? {
        if let constant = values[value].constant { return ValueFact(constant: constant) }
        return values[value].type.map { ValueFact($0) }
    }

    private static func merge(inferred: ValueType, declared: ValueType?) -> ValueType {
        guard let declared, declared.dataType == inferred.dataType, let known = declared.dimensions else {
            return inferred
        }
        guard let dimensions = inferred.dimensions else { return declared }
        guard dimensions.count == known.count else { return inferred }
        let merged = zip(dimensions, known).map { found, told -> Dimension in
            if found.fixedExtent != nil { return found }
            if told.fixedExtent != nil || found == .unknown { return told }
            return found
        }
        return ValueType(inferred.dataType, merged)
    }
}
