import Graph
import Inference
import Tensors

/// A network with inputs to run it on again and again.
final class ModelWorkload {
    private let context: ExecutionContext
    private let inputs: [String: Tensor]

    /// Float inputs hold a ramp over 0…1, others zeros; open extents are 1.
    init(_ model: ModelPath, models: String? = nil, threads: Int, precision: Precision = .fp32) throws {
        var options = SessionOptions()
        options.precision = precision
        let session = try model.load(models: models, options: options).session
        let types = session.inputTypes()
        inputs = types.mapValues { type in
            let tensor = Tensor(dataType: type.dataType, shape: type.fixedShape ?? .scalar)
            if type.dataType == .float32 {
                let elements = tensor.mutableElements(as: Float.self)
                for index in elements.indices { elements[index] = Float(index % 256) / 255 }
            }
            return tensor
        }
        context = try session.makeContext(types, parallelism: threads)
    }

    /// Runs once and tells how long each node took.
    func profile(_ parallelism: Parallelism) throws -> [NodeTime] {
        try context.profile(inputs, parallelism: parallelism)
    }

    func run(_ parallelism: Parallelism) throws {
        _ = try context.run(inputs, parallelism: parallelism)
    }
}
