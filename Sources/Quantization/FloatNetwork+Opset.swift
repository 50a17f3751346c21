internal import Graph
internal import Operators
internal import Tensors

extension FloatNetwork {
    /// The oldest operator set that is taken to a later one here.
    private static let leastSourceOpset = 7
    /// Operators whose earlier forms are not rewritten.
    private static let changedAtEleven: Set<String> = [
        "Upsample", "Resize", "Pad", "Slice", "TopK", "Dropout", "Scan",
    ]

    /// Takes nodes of opset 7 to 12 to 13. What changed between them for operators without bodies: axes became an input
    /// of Squeeze, Unsqueeze, ReduceSum and Split; Softmax and its like took one axis where they had flattened from it on;
    /// until opset 10 bounds of Clip were attributes, and some operators had other inputs than since.
    mutating func upgradeOpset() throws(QuantizationError) {
        let target = Self.leastTargetOpset
        for index in graph.nodes.indices {
            var description = graph.nodes[index].description
            guard description.domain.isEmpty, description.opset < target else { continue }
            guard description.opset >= Self.leastSourceOpset else {
                throw .oldOpset(description.opset, least: Self.leastSourceOpset)
            }
            if description.opset < 11, Self.changedAtEleven.contains(description.op) {
                throw .unsupported(
                    node: description.name, op: description.op,
                    detail: "changed after opset \(description.opset); export the network for opset 11 or later")
            }
            let hadBounds = description.opset < 11
            description.opset = target
            switch description.op {
            case "Squeeze", "Unsqueeze", "ReduceSum": try moveToInput("axes", of: index, &description)
            case "Clip" where hadBounds: moveBoundsToInputs(of: index, &description)
            case "Split": try moveToInput("split", of: index, &description)
            case "Softmax", "LogSoftmax", "Hardmax": try requireLastAxis(of: index, &description)
            default: break
            }
            do throws(GraphError) {
                graph.nodes[index].op = try OperatorRegistry.standard.make(description)
            } catch {
                throw QuantizationError(error)
            }
            graph.nodes[index].description = description
        }
    }

    private mutating func moveToInput(
        _ attribute: String, of index: Int, _ description: inout NodeDescription
    ) throws(QuantizationError) {
        guard case .ints(let numbers)? = description.attributes.removeValue(forKey: attribute) else { return }
        let constant = Tensor(numbers.map(Int64.init), shape: [numbers.count])
        let value = graph.addConstant("\(description.name)/\(attribute)", constant)
        graph.nodes[index].inputs = [graph.nodes[index].inputs.first ?? nil, value]
        description.hasInput = [true, true]
    }

    /// Of a Clip.
    private mutating func moveBoundsToInputs(of index: Int, _ description: inout NodeDescription) {
        var inputs = [graph.nodes[index].inputs.first ?? nil]
        for name in ["min", "max"] {
            guard case .float(let bound)? = description.attributes.removeValue(forKey: name) else {
                inputs.append(nil)
                continue
            }
            inputs.append(graph.addConstant("\(description.name)/\(name)", Tensor([bound], shape: .scalar)))
        }
        while inputs.last == .some(nil) { inputs.removeLast() }
        graph.nodes[index].inputs = inputs
        description.hasInput = inputs.map { $0 != nil }
    }

    private func requireLastAxis(of index: Int, _ description: inout NodeDescription) throws(QuantizationError) {
        let axis: Int
        do throws(GraphError) { axis = try description.int("axis") ?? 1 } catch { throw QuantizationError(error) }
        let rank = graph.nodes[index].inputs.first?.flatMap { graph.values[$0].type?.rank }
        guard axis == -1 || rank.map({ axis == $0 - 1 }) ?? false else {
            throw .unsupported(
                node: description.name, op: description.op,
                detail: "flattens from axis \(axis) on, as until opset 12; export the network for opset 13")
        }
        description.attributes["axis"] = .int(-1)
    }
}

extension Graph {
    /// Adds a value that is a constant.
    mutating func addConstant(_ name: String, _ tensor: Tensor) -> Int {
        values.append(Value(name: name, type: ValueType(tensor.dataType, shape: tensor.shape), constant: tensor))
        return values.count - 1
    }
}
