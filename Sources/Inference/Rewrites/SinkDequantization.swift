internal import Graph
internal import Operators
internal import Tensors

extension Graph {
    /// Moves DequantizeLinear behind operators that only move or choose elements, so that those work on levels: Reshape,
    /// Transpose, Slice, MaxPool, nearest Resize, … Concat does when all its parts have one scale, or when it is quantised
    /// next: then each part is brought to that scale.
    mutating func sinkDequantization() throws(GraphError) {
        var sink = DequantizationSink(self)
        self = try sink.run()
    }
}

private struct DequantizationSink {
    private let source: Graph
    private var result: Graph
    /// The DequantizeLinear that makes a value.
    private var makers: [Int: Graph.Node] = [:]

    private static let movers: Set<String> = [
        "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Split", "Gather",
        "Identity",
        "DepthToSpace", "SpaceToDepth", "Expand", "Tile", "MaxPool",
    ]

    init(_ graph: Graph) {
        source = graph
        result = graph
        result.nodes = []
    }

    mutating func run() throws(GraphError) -> Graph {
        let consumers = source.consumers()
        let pinned = source.pinnedValues()
        for node in source.nodes {
            if result.dequantized(node) != nil, let output = node.outputs[0] {
                makers[output] = node
                result.nodes.append(node)
            } else if isMover(node), let x = node.inputs[0], let maker = makers[x] {
                appendMoved(node, maker)
            } else if node.description.op == "Concat", node.description.domain.isEmpty,
                try appendJoined(node, consumers, pinned)
            {
                continue
            } else {
                result.nodes.append(node)
            }
        }
        return result
    }

    private func isMover(_ node: Graph.Node) -> Bool {
        guard node.description.domain.isEmpty, node.subgraphs.isEmpty else { return false }
        let description = node.description
        switch description.op {
        case "MaxPool": return node.outputs.count == 1
        case "Resize", "Upsample":
            let mode = (try? description.string("mode")) ?? "nearest"
            let transform = (try? description.string("coordinate_transformation_mode")) ?? "half_pixel"
            return mode == "nearest" && transform != "tf_crop_and_resize"
        default: return Self.movers.contains(description.op)
        }
    }

    /// The node on levels, and a DequantizeLinear behind each of its outputs.
    private mutating func appendMoved(_ node: Graph.Node, _ maker: Graph.Node) {
        var moved = node
        moved.inputs[0] = maker.inputs[0]
        for (slot, output) in node.outputs.enumerated() {
            guard let output else { continue }
            moved.outputs[slot] = addLevels(of: output)
        }
        result.nodes.append(moved)
        for (slot, output) in node.outputs.enumerated() {
            guard let output, let levels = moved.outputs[slot] else { continue }
            appendDequantization(like: maker, from: levels, to: output)
        }
    }

    private mutating func addLevels(of value: Int) -> Int {
        let type = source.values[value].type
        result.values.append(
            Graph.Value(
                name: source.values[value].name + "#levels", type: ValueType(.uint8, type?.dimensions)))
        return result.values.count - 1
    }

    private mutating func appendDequantization(
        like maker: Graph.Node, from levels: Int, to value: Int
    ) {
        var node = maker
        node.description.name = source.values[value].name + "#reals"
        node.inputs[0] = levels
        node.outputs = [value]
        makers[value] = node
        result.nodes.append(node)
    }

    private mutating func appendJoined(
        _ node: Graph.Node, _ consumers: [[Int]], _ pinned: Set<Int>
    ) throws(GraphError) -> Bool {
        guard let output = node.outputs.first ?? nil else { return false }
        let parts = node.inputs.map { $0.flatMap { makers[$0] } }
        let scales = parts.map { $0.flatMap { result.dequantized($0)?.scale } }
        guard let first = parts.first ?? nil, parts.allSatisfy({ $0 != nil }) else { return false }
        var joined = node
        if scales.allSatisfy({ $0 == scales[0] }) {
            joined.inputs = parts.map { $0?.inputs[0] }
            joined.outputs = [addLevels(of: output)]
            result.nodes.append(joined)
            if let levels = joined.outputs[0] {
                appendDequantization(like: first, from: levels, to: output)
            }
            return true
        }
        guard consumers[output].count == 1, !pinned.contains(output),
            let reader = consumers[output].first,
            source.quantized(source.nodes[reader]) != nil
        else { return false }
        let quantizer = source.nodes[reader]
        for (slot, input) in node.inputs.enumerated() {
            guard let input else { continue }
            var part = quantizer
            part.description.name = source.values[input].name + "#requantized"
            part.inputs[0] = input
            let levels = addLevels(of: input)
            part.outputs = [levels]
            result.nodes.append(part)
            joined.inputs[slot] = levels
        }
        let levels = addLevels(of: output)
        joined.outputs = [levels]
        result.nodes.append(joined)
        var maker = first
        (maker.inputs[1], maker.inputs) = (quantizer.inputs[1], [levels] + quantizer.inputs.dropFirst())
        maker.description.hasInput = maker.inputs.map { $0 != nil }
        maker.description.attributes["axis"] = nil
        maker.op = try DequantizeLinear(maker.description)
        appendDequantization(like: maker, from: levels, to: output)
        return true
    }
}
