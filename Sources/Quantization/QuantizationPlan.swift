package import Graph

/// Which values of a network become bytes, which of them share a scale, and which nodes read bytes.
///
/// What products read is quantised, and from there backwards what lies between products: a value that no product depends on
/// (a detector's last scores and boxes, a classifier's logits) stays float. A sum's operands are both quantised; what only
/// moves numbers shares one scale with its inputs. ReLU and Clip join the product or sum before them, because they only bound its
/// levels; other functions read levels, so that each is one table of 256 entries.
package struct QuantizationPlan: Sendable {
    /// Values that are quantised where they are made.
    package private(set) var values: Set<Int> = []
    /// Nodes that read quantised values as such; others read what was there before quantisation.
    package private(set) var nodes: Set<Int> = []
    /// Products whose weights are quantised, in order.
    package private(set) var products: [Int] = []
    /// Quantised values that one function alone reads, with the nodes that compute it, in order, and its result.
    package private(set) var functions: [Int: (members: [Int], result: Int)] = [:]
    private var parents: [Int]

    /// - Parameter floating: products and sums that are to stay float.
    package init(_ graph: Graph, floating: Set<Int> = []) {
        parents = Array(graph.values.indices)
        let producers = graph.producers()
        let consumers = graph.consumers()
        let pinned = graph.pinnedValues()
        /// Values inside an integer operation: made and used up in it.
        var inner: Set<Int> = []
        for index in graph.nodes.indices.reversed() {
            let node = graph.nodes[index]
            let outputs = node.outputs.compactMap { $0 }
            let role = graph.role(of: index)
            if floating.contains(index) { continue }
            switch role {
            case .product:
                products.append(index)
                want([0], of: node, index)
                continue
            case .productOfActivations:
                want([0, 1], of: node, index)
                continue
            default: break
            }
            guard outputs.contains(where: { values.contains($0) || inner.contains($0) }) else { continue }
            if case .moving(let slots) = role {
                want(slots, of: node, index)
                for output in outputs where values.contains(output) {
                    for slot in slots { if let input = node.inputs[slot] { join(output, input) } }
                }
            } else if let (root, members) = graph.function(at: index, producers: producers, consumers: consumers) {
                nodes.formUnion(members)
                let isMadeInside = producers[root].map { graph.isOneOperation($0, then: index) } ?? false
                if isMadeInside, !pinned.contains(root), members.isSuperset(of: consumers[root]) {
                    inner.insert(root)
                } else {
                    values.insert(root)
                    if members.isSuperset(of: consumers[root]), let result = node.outputs[0] {
                        functions[root] = (members.sorted(), result)
                    }
                }
            } else if case .combining(let slots) = role {
                want(slots, of: node, index)
            }
        }
        products.reverse()
    }

    private mutating func want(_ slots: [Int], of node: Graph.Node, _ index: Int) {
        nodes.insert(index)
        for slot in slots { if let input = node.inputs[slot] { values.insert(input) } }
    }

    private mutating func join(_ a: Int, _ b: Int) {
        let (first, second) = (group(of: a), group(of: b))
        parents[max(first, second)] = min(first, second)
    }

    /// The value that stands for all those which share a scale with `value`.
    package func group(of value: Int) -> Int {
        var value = value
        while parents[value] != value { value = parents[value] }
        return value
    }
}
