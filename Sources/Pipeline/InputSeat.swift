internal import Tensors
internal import Vision

/// What making an input needs and the next frame can use again: the tensor, and resampling tables.
///
/// Held by one frame at a time, or by two that share a run, which makes it `Sendable`.
final class InputSeat: @unchecked Sendable {
    private let input: ModelManifest.Input
    private let tensor: Tensor
    /// Made for the size and orientation of the last picture of each row; a sensor's frames are all alike.
    private var preparations: [InputPreparation?]

    init(_ input: ModelManifest.Input, rows: Int) {
        self.input = input
        tensor = Tensor(dataType: .float32, shape: Shape(input.dimensions(batch: rows)))
        preparations = Array(repeating: nil, count: rows)
    }

    var rows: Int { preparations.count }
    var tensors: [String: Tensor] { [input.name: tensor] }

    /// Fills one row of the input tensor.
    func prepare(
        _ content: ModelView.Content, row: Int = 0, parallelism: Parallelism, isCancelled: @Sendable () -> Bool
    ) throws(VisionError) -> InputGeometry {
        let preparation: InputPreparation
        if let held = preparations[row], content.fits(held) {
            preparation = held
        } else {
            preparation = content.preparation(for: input)
            preparations[row] = preparation
        }
        try content.prepare(
            by: preparation, into: tensor, item: row, parallelism: parallelism, isCancelled: isCancelled)
        return preparation.geometry
    }
}
