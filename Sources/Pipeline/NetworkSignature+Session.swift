internal import Graph
package import Inference
internal import Tensors
package import Vision

extension NetworkSignature {
    /// Looks at a network from outside: its declared input, and the outputs of one run on a flat picture.
    ///
    /// - Parameter size: width and height where the network leaves them open.
    /// - Throws: ``PipelineError/badModel(name:detail:)`` when it does not take one picture; `GraphError` when it cannot be run.
    package init(of session: Session, name: String, size: (width: Int, height: Int)?) throws {
        guard session.inputs.count == 1, let input = session.inputs.first,
            let extents = input.type.dimensions?.map(\.fixedExtent), extents.count == 4,
            input.type.dataType == .float32
        else {
            let found = session.inputs.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
            throw PipelineError.badModel(
                name: name, detail: "takes \(found); a model for pictures takes one float32 of four extents")
        }
        // Channels are few; where they are open, they are taken to come first.
        let isLast = [1, 3].contains(extents[3] ?? 0) && ![1, 3].contains(extents[1] ?? 0)
        let layout: ModelManifest.Input.Layout = isLast ? .nhwc : .nchw
        let channels = (isLast ? extents[3] : extents[1]) ?? 3
        guard channels == 1 || channels == 3 else {
            throw PipelineError.badModel(name: name, detail: "takes \(channels) channels, allowed are 1 and 3")
        }
        let height = (isLast ? extents[1] : extents[2]) ?? size?.height
        let width = (isLast ? extents[2] : extents[3]) ?? size?.width
        guard let height, let width else {
            throw PipelineError.badOption(
                name: "--input-size", detail: "the network leaves its input's size open: say WIDTHxHEIGHT")
        }
        guard (1...8192).contains(width), (1...8192).contains(height) else {
            throw PipelineError.badModel(
                name: name, detail: "takes \(width)×\(height) pixels, the limit is 8192 each way")
        }
        let shape = Shape(isLast ? [1, height, width, channels] : [1, channels, height, width])
        let outputs = try session.run([input.name: Tensor(dataType: .float32, shape: shape)])
        self.init(
            inputName: input.name, layout: layout, channels: channels, width: width, height: height,
            outputs: session.outputs.compactMap { port in
                outputs[port.name].map { tensor in
                    Output(
                        name: port.name, dimensions: tensor.shape.dimensions,
                        sumsToOne: Self.sumsToOne(tensor))
                }
            }, metadata: session.metadata)
    }

    private static func sumsToOne(_ tensor: Tensor) -> Bool {
        guard tensor.dataType == .float32, let count = tensor.shape.dimensions.last, count > 1 else { return false }
        let values = tensor.array(of: Float.self)
        guard !values.isEmpty, values.allSatisfy({ (0...1).contains($0) }) else { return false }
        return stride(from: 0, to: values.count, by: count).allSatisfy {
            abs(values[$0..<$0 + count].reduce(0, +) - 1) < 1e-3
        }
    }
}
