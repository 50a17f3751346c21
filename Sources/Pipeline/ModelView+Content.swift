internal import Imaging
internal import Tensors
internal import Vision

extension ModelView.Content {
    private var orientation: Orientation {
        switch self {
        case .picture: .up
        case .rows(let rows): rows.orientation
        }
    }

    /// Upright.
    var uprightSize: (width: Int, height: Int) {
        switch self {
        case .picture(let picture): (picture.width, picture.height)
        case .rows(let rows): rows.orientation.uprightSize(width: rows.width, height: rows.height)
        }
    }

    /// Whether what was prepared for another frame serves for this one.
    func fits(_ preparation: InputPreparation) -> Bool {
        preparation.orientation == orientation
            && (preparation.geometry.pictureWidth, preparation.geometry.pictureHeight) == uprightSize
    }

    func preparation(for input: ModelManifest.Input) -> InputPreparation {
        let size = uprightSize
        return InputPreparation(
            input: input, pictureWidth: size.width, pictureHeight: size.height, orientation: orientation)
    }

    /// Fills place `item` of a batch tensor.
    func prepare(
        by preparation: InputPreparation, into tensor: Tensor, item: Int = 0, parallelism: Parallelism,
        isCancelled: @Sendable () -> Bool
    ) throws(VisionError) {
        switch self {
        case .picture(let picture): try preparation.prepare(picture, into: tensor, item: item, parallelism: parallelism)
        case .rows(let rows):
            try preparation.prepare(
                rows, into: tensor, item: item, parallelism: parallelism, isCancelled: isCancelled)
        }
    }
}
