package import Imaging
package import Tensors

/// Turns pictures of one size into a network's input: upright, placed, resampled, in the network's colour order, scale and
/// layout. Made once for a size, used for every frame, from any thread.
///
/// A finished picture and one that is made row by row (``PictureRows``) give the same bits, whatever way they are stored,
/// whatever the processor and the number of threads. With the weights of ``ResampledAxis``, first down the columns of the
/// upright picture, then along its rows, in integers:
///
///     v = (Σ sample·weight + 2⁶) >> 7         8-bit samples: 8 bits of fraction
///     v = (Σ sample·weight + 2¹⁴) >> 15       16-bit samples
///     t = Σ v·weight                          along the row
///     value = float(t) × gain + offset        float32, each step rounded to nearest even
///
/// with gain = scale / std / 2²³ (8 bits) or scale / std / (257·2¹⁵) (16 bits) and offset = −mean / std, computed in float64 and
/// rounded to float32. A colour picture becomes grey by v = (77·R + 150·G + 29·B + 128) >> 8 between the passes; a grey one gives
/// all three channels. Padding is (padValue × scale − mean) / std in float64, rounded to float32.
package struct InputPreparation: Sendable {
    package let input: ModelManifest.Input
    package let geometry: InputGeometry
    package let orientation: Orientation
    /// Along stored columns and along stored rows.
    let columns: StoredAxis
    let rows: StoredAxis

    /// - Parameters:
    ///   - pictureWidth: of the upright picture.
    ///   - pictureHeight: of the upright picture.
    ///   - orientation: how the picture is stored.
    package init(
        input: ModelManifest.Input, pictureWidth: Int, pictureHeight: Int, orientation: Orientation = .up
    ) {
        self.input = input
        self.orientation = orientation
        let geometry = InputGeometry(input: input, pictureWidth: pictureWidth, pictureHeight: pictureHeight)
        self.geometry = geometry
        let (source, target) = (geometry.source, geometry.target)
        func across(isReversed: Bool) -> StoredAxis {
            StoredAxis(
                source: (source.x, source.width), target: (target.x, target.width), extent: pictureWidth,
                isReversed: isReversed, filter: input.filter)
        }
        func down(isReversed: Bool) -> StoredAxis {
            StoredAxis(
                source: (source.y, source.height), target: (target.y, target.height), extent: pictureHeight,
                isReversed: isReversed, filter: input.filter)
        }
        if orientation.swapsAxes {
            columns = down(isReversed: orientation.reversesColumns)
            rows = across(isReversed: orientation.reversesRows)
        } else {
            columns = across(isReversed: orientation.reversesColumns)
            rows = down(isReversed: orientation.reversesRows)
        }
    }

    /// Fills place `item` of a batch tensor of the input's type and layout from an upright picture.
    ///
    /// - Throws: ``VisionError/inputMismatch(name:expected:found:)`` when the tensor is not float32 of the input's extents.
    package func prepare(
        _ picture: Picture, into tensor: Tensor, item: Int = 0, parallelism: Parallelism = .serial
    ) throws(VisionError) {
        try prepare(UprightRows(picture: picture), into: tensor, item: item, parallelism: parallelism)
    }

    /// The same from rows that are made as they are needed; each is made once, or once more where two threads' parts meet.
    ///
    /// - Parameter isCancelled: asked between rows, on any thread; once true it stays so, and the tensor's values mean nothing.
    /// - Throws: ``VisionError/inputMismatch(name:expected:found:)`` when the tensor is not float32 of the input's extents.
    package func prepare(
        _ picture: any PictureRows, into tensor: Tensor, item: Int = 0, parallelism: Parallelism = .serial,
        isCancelled: @Sendable () -> Bool = { false }
    ) throws(VisionError) {
        let size = picture.orientation.uprightSize(width: picture.width, height: picture.height)
        precondition(
            size == (geometry.pictureWidth, geometry.pictureHeight) && picture.orientation == orientation,
            "pictures are prepared by what was made for their size and orientation")
        let batch = tensor.shape.rank == 4 ? tensor.shape[0] : 1
        let expected = Shape(input.dimensions(batch: max(1, batch)))
        guard tensor.dataType == .float32, tensor.shape == expected, (0..<batch).contains(item) else {
            throw .inputMismatch(
                name: input.name, expected: "float32\(expected) with item \(item)", found: tensor.description)
        }
        let count = expected.elementCount / batch
        let values = tensor.mutableElements(as: Float.self)
        guard let base = values.baseAddress else { return }
        let writer = InputWriter(self, picture: picture, output: base + item * count)
        writer.fillPadding()
        parallelism.run(over: rows.targetCount) { places in
            writer.write(placesInStoredOrder: places, isCancelled: isCancelled)
        }
    }
}

/// A finished upright picture as rows.
private struct UprightRows: PictureRows {
    let picture: Picture
    var width: Int { picture.width }
    var height: Int { picture.height }
    var format: Picture.Format { picture.format }
    var orientation: Orientation { .up }

    func makeReader(window: Int) -> any PictureRowReader { Reader(picture) }

    /// Rows of a picture may end where its storage does: only a picture stored on its side is read further.
    private final class Reader: PictureRowReader {
        private let picture: Picture

        init(_ picture: Picture) { self.picture = picture }

        func row(_ y: Int) -> UnsafePointer<UInt8> {
            UnsafePointer(picture.row(y).assumingMemoryBound(to: UInt8.self))
        }
    }
}
