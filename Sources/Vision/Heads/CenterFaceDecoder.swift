internal import Imaging

/// Faces as points on a heat map (Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019, section 3).
///
/// A face is a cell whose heat is high enough. In the cell at column i and row j, in input pixels: height = 4·e^s₀ and width = 4·e^s₁;
/// the centre is at 4·(i + o₁ + ½), 4·(j + o₀ + ½). Points are parts of width and height from the top left corner, down first.
struct CenterFaceDecoder: Sendable {
    private let head: ModelManifest.Head.CenterFace
    private let columns: Int
    private let rows: Int

    private static let stride = 4
    /// The network halves its input five times and doubles it three times.
    static let inputMultiple = 32
    static let points = ["left eye", "right eye", "nose", "left mouth corner", "right mouth corner"]

    init(_ head: ModelManifest.Head.CenterFace, inputWidth: Int, inputHeight: Int) {
        self.head = head
        columns = inputWidth / Self.stride
        rows = inputHeight / Self.stride
    }

    var expectedOutputs: [HeadDecoder.ExpectedOutput] {
        [(head.heatmap, 1), (head.sizes, 2), (head.offsets, 2), (head.landmarks, 2 * Self.points.count)].map {
            HeadDecoder.ExpectedOutput(name: $0, dimensions: [$1, rows, columns])
        }
    }

    /// One candidate a cell at most, in input pixels, in the order of the cells.
    ///
    /// - Parameter values: of the outputs in the order of ``expectedOutputs``.
    func candidates(_ values: [UnsafeBufferPointer<Float>], options: DecodingOptions) -> [Detection] {
        guard options.keeps(0) else { return [] }
        let (heat, sizes, offsets, landmarks) = (values[0], values[1], values[2], values[3])
        let cells = rows * columns
        let stride = Double(Self.stride)
        var found: [Detection] = []
        for cell in 0..<cells where heat[cell] >= options.confidence && heat[cell] <= 1 {
            let height = exponential(Double(sizes[cell])) * stride
            let width = exponential(Double(sizes[cells + cell])) * stride
            let left = (Double(cell % columns) + Double(offsets[cells + cell]) + 0.5) * stride - width / 2
            let top = (Double(cell / columns) + Double(offsets[cell]) + 0.5) * stride - height / 2
            let points = Self.points.indices.map { point in
                Keypoint(
                    x: Float(left + Double(landmarks[(2 * point + 1) * cells + cell]) * width),
                    y: Float(top + Double(landmarks[2 * point * cells + cell]) * height), score: heat[cell])
            }
            found.append(
                Detection(
                    rect: Rect(
                        x0: Float(left), y0: Float(top), x1: Float(left + width), y1: Float(top + height)),
                    classID: 0, score: heat[cell], keypoints: points))
        }
        return found
    }
}
