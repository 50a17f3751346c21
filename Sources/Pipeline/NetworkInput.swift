package import Codecs
package import ISP
package import Tensors
package import Vision

/// What a network is given for a frame: for people who run the network elsewhere, and for those who check us.
package enum NetworkInput {
    /// The float32 tensor, batch of one, exactly as the pipeline makes it on the way to an answer.
    ///
    /// - Throws: `CodecError`, `ISPError`.
    package static func make(
        _ input: FrameInput, for network: ModelManifest.Input, developer: Developer, pool: ComputePool,
        limits: DecodeLimits = .standard
    ) throws -> Tensor {
        var clock = StageClock()
        let view = try ModelView(
            input, network: network, developer: developer, limits: limits, pool: pool,
            clock: &clock
        ) { false }
        let tensor = Tensor(dataType: .float32, shape: Shape(network.dimensions(batch: 1)))
        try view.content.prepare(
            by: view.content.preparation(for: network), into: tensor, parallelism: pool.parallelism
        ) { false }
        return tensor
    }
}
