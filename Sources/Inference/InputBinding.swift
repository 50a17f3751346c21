internal import Graph
internal import Tensors

extension Graph {
    /// The same graph with its inputs' extents fixed: every declared symbol takes the extent the inputs give it.
    func binding(_ inputTypes: [String: ValueType]) throws(GraphError) -> Graph {
        var graph = self
        var extents: [String: Int] = [:]
        let names = Set(inputs.map { values[$0].name })
        for name in inputTypes.keys.sorted() where !names.contains(name) {
            throw .badInput(name: name, expected: "one of \(names.sorted())", found: "a name the model does not have")
        }
        for input in inputs {
            let name = values[input].name
            guard let declared = values[input].type else { continue }
            let type = inputTypes[name] ?? declared
            guard type.fixedShape != nil else {
                throw .badInput(name: name, expected: "\(declared)", found: "no fixed shape")
            }
            guard type.dataType == declared.dataType, type.fits(declared.dimensions, &extents) else {
                throw .badInput(name: name, expected: "\(declared)", found: "\(type)")
            }
            graph.values[input].type = type
        }
        guard !extents.isEmpty else { return graph }
        for index in graph.values.indices {
            let declared = graph.values[index].type?.dimensions
            graph.values[index].type?.dimensions = declared?.map { dimension in
                if case .symbol(let symbol) = dimension, let extent = extents[symbol] {
                    .fixed(extent)
                } else {
                    dimension
                }
            }
        }
        return graph
    }
}

extension ValueType {
    /// Whether the fixed extents agree with the declared ones, one extent for each symbol.
    fileprivate func fits(_ declared: [Dimension]?, _ extents: inout [String: Int]) -> Bool {
        guard let declared else { return true }
        guard let dimensions, dimensions.count == declared.count else { return false }
        for (found, expected) in zip(dimensions, declared) {
            switch expected {
            case .fixed: if found != expected { return false }
            case .symbol(let symbol):
                guard let extent = found.fixedExtent else { return false }
                if extents.updateValue(extent, forKey: symbol) ?? extent != extent { return false }
            case .unknown: break
            }
        }
        return true
    }
}
