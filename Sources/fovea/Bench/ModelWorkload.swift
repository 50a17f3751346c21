import Graph
import Inference
import Tensors

/// A network with inputs to run it on again and again.
final class ModelWorkload {
    private let context: ExecutionContext
    private let inputs: [String: Tensor]

    /// Float inputs hold a ramp over 0…1, others zeros; open extents are 1.
    init(path: String, threads: Int) throws {
        let session = try Session(path: path)
        var inputs: [String: Tensor] = [:]
        for (name, type) in session.inputs {
            let shape = Shape((type.dimensions ?? []).map { $0.fixedExtent ?? 1 })
            let tensor = Tensor(dataType: type.dataType, shape: shape)
            if type.dataType == .float32 {
                let elements = tensor.mutableElements(as: Float.self)
                for index in elements.indices { elements[index] = Float(index % 256) / 255 }
            }
            inputs[name] = tensor
        }
        self.inputs = inputs
        context = try session.makeContext(
            inputs.mapValues { ValueType($0.dataType, shape: $0.shape) }, parallelism: threads)
    }

    func run(_ parallelism: Parallelism) throws {
        _ = try context.run(inputs, parallelism: parallelism)
    }
}
