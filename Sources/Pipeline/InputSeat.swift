internal import Tensors
internal import Vision

/// What making an input needs and the next frame can use again: the tensor, and resampling tables.
///
/// Held by one frame at a time, which makes it `Sendable`.
final class InputSeat: @unchecked Sendable {
    private let input: ModelManifest.Input
    private let tensor: Tensor
    /// Made for the size and orientation of the last picture; a sensor's frames are all alike.
    private var preparation: InputPreparation?

    init(_ input: ModelManifest.Input) {
        self.input = input
        tensor = Tensor(dataType: .float32, shape: Shape(input.dimensions(batch: 1)))
    }

    var tensors: [String: Tensor] { [input.name: tensor] }

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
}
