internal import Codecs
internal import ISP
internal import Tensors
internal import Vision

/// A picture as a network is given it.
struct CalibrationSample: Sendable {
    let tensors: [String: Tensor]
    let geometry: InputGeometry

    init(_ frame: FrameInput, network: ModelManifest.Input, developer: Developer, pool: ComputePool) throws {
        var clock = StageClock()
        let view = try ModelView(
            frame, network: network, developer: developer, limits: .standard, pool: pool, clock: &clock
        ) { false }
        let preparation = view.content.preparation(for: network)
        let tensor = Tensor(dataType: .float32, shape: Shape(network.dimensions(batch: 1)))
        try view.content.prepare(by: preparation, into: tensor, parallelism: pool.parallelism) { false }
        tensors = [network.name: tensor]
        geometry = preparation.geometry
    }

    /// The input with its columns in the opposite order: one more sample from the same picture.
    static func mirrored(_ tensors: [String: Tensor], layout: ModelManifest.Input.Layout) -> [String: Tensor] {
        tensors.mapValues { tensor in
            let shape = tensor.shape
            let channels = layout == .nhwc ? shape[3] : 1
            let width = layout == .nhwc ? shape[2] : shape[3]
            let result = Tensor(dataType: .float32, shape: shape, zeroed: false)
            let (source, target) = (tensor.elements(as: Float.self), result.mutableElements(as: Float.self))
            for row in 0..<tensor.elementCount / (width * channels) {
                for column in 0..<width {
                    let (from, to) = ((row * width + column) * channels, (row * width + width - 1 - column) * channels)
                    for channel in 0..<channels { target[to + channel] = source[from + channel] }
                }
            }
            return result
        }
    }
}
