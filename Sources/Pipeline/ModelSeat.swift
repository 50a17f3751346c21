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
    /// Made for the size of the last picture; a sensor's frames are all of one size.
    private var preparation: InputPreparation?

    init(_ session: Session, input: ModelManifest.Input, parallelism: Int) throws {
        self.input = input
        let shape = Shape(input.dimensions(batch: 1))
        tensor = Tensor(dataType: .float32, shape: shape)
        context = try session.makeContext([input.name: ValueType(.float32, shape: shape)], parallelism: parallelism)
    }

    /// Fills the input tensor.
    func prepare(_ picture: Picture, parallelism: Parallelism) throws(VisionError) -> InputGeometry {
        let isSameSize = preparation.map {
            $0.geometry.pictureWidth == picture.width && $0.geometry.pictureHeight == picture.height
        }
        let preparation: InputPreparation
        if let held = self.preparation, isSameSize == true {
            preparation = held
        } else {
            preparation = InputPreparation(input: input, pictureWidth: picture.width, pictureHeight: picture.height)
            self.preparation = preparation
        }
        try preparation.prepare(picture, into: tensor, parallelism: parallelism)
        return preparation.geometry
    }

    func run(parallelism: Parallelism, isCancelled: () -> Bool) throws(GraphError) -> [String: Tensor] {
        try context.run([input.name: tensor], parallelism: parallelism, isCancelled: isCancelled)
    }
}
