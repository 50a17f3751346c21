internal import Graph
internal import Imaging
internal import Inference
internal import Tensors
internal import Vision

/// What one run of a model needs and the next can use again: input tensor, memory plan, resampling tables.
///
/// Held by one run at a time, which makes it `Sendable`.
final class ModelSeat: @unchecked Sendable {
    private let input: ModelManifest.Input
    private let tensor: Tensor
    private let context: ExecutionContext
    /// Made for the size and orientation of the last picture; a sensor's frames are all alike.
    private var preparation: InputPreparation?

    init(_ session: Session, input: ModelManifest.Input, parallelism: Int) throws {
        self.input = input
        let shape = Shape(input.dimensions(batch: 1))
        tensor = Tensor(dataType: .float32, shape: shape)
        context = try session.makeContext([input.name: ValueType(.float32, shape: shape)], parallelism: parallelism)
    }

    /// Fills the input tensor.
    func prepare(
        _ content: ModelView.Content, parallelism: Parallelism, isCancelled: @Sendable () -> Bool
    ) throws(VisionError) -> InputGeometry {
        let preparation: InputPreparation
        if let held = self.preparation, content.fits(held) {
            preparation = held
        } else {
            preparation = content.preparation(for: input)
            self.preparation = preparation
        }
        try content.prepare(by: preparation, into: tensor, parallelism: parallelism, isCancelled: isCancelled)
        return preparation.geometry
    }

    func run(parallelism: Parallelism, isCancelled: () -> Bool) throws(GraphError) -> [String: Tensor] {
        try context.run([input.name: tensor], parallelism: parallelism, isCancelled: isCancelled)
    }
}
