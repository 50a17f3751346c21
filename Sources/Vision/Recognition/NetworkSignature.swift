/// What can be seen of a network from outside: enough to tell what its outputs mean.
package struct NetworkSignature: Sendable {
    package struct Output: Sendable, Equatable {
        package var name: String
        /// Extents for one picture, the batch extent first.
        package var dimensions: [Int]
        /// Whether the numbers along the last extent are probabilities: within 0…1, with the sum 1.
        package var sumsToOne: Bool

        package init(name: String, dimensions: [Int], sumsToOne: Bool = false) {
            self.name = name
            self.dimensions = dimensions
            self.sumsToOne = sumsToOne
        }
    }

    package var inputName: String
    package var layout: ModelManifest.Input.Layout
    package var channels: Int
    package var width: Int
    package var height: Int
    package var outputs: [Output]
    /// Of the ONNX file; Ultralytics writes `names`, `task`, `kpt_shape` there.
    package var metadata: [String: String]

    package init(
        inputName: String, layout: ModelManifest.Input.Layout, channels: Int, width: Int, height: Int,
        outputs: [Output], metadata: [String: String] = [:]
    ) {
        self.inputName = inputName
        self.layout = layout
        self.channels = channels
        self.width = width
        self.height = height
        self.outputs = outputs
        self.metadata = metadata
    }
}
