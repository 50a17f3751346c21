internal import Codecs
internal import ISP
internal import Imaging
internal import Tensors
internal import Vision

/// A decoded frame and the upright picture of it that the network looks at.
struct ModelView: Sendable {
    let source: SourceImage
    /// Upright, and for large sensors half the size of the frame.
    let picture: Picture
    /// Size of the upright frame, which boxes refer to.
    let width: Int
    let height: Int
    /// Pixels of the frame to one of `picture`, each way.
    let scale: Float
    /// Raw frames only: what the ISP applied.
    let developed: Developed?
    let developer: Developer

    /// Decodes and, if raw, develops: at half size when that still covers the network's input, since a detector gains
    /// nothing from a full demosaic then.
    init(
        _ input: FrameInput, options: ResolvedOptions, limits: DecodeLimits, pool: ComputePool,
        clock: inout StageClock, isCancelled: @Sendable () -> Bool
    ) throws {
        source = try clock.measure("decode") { () throws(CodecError) in
            try ImageDecoder.decode(
                input.bytes, contentType: input.contentType, description: input.description, limits: limits)
        }
        developer = options.developer
        switch source {
        case .picture(let stored, let orientation):
            picture = clock.measure("decode") { stored.uprighted(from: orientation) }
            (width, height) = (picture.width, picture.height)
            scale = 1
            developed = nil
        case .raw(let frame):
            let network = options.model.manifest.input
            let isLarge = min(frame.width, frame.height) / 2 >= max(network.width, network.height)
            let half = isLarge || developer.profile.demosaic == .half
            let developed = try clock.measure("develop") { () throws(ISPError) in
                try options.developer.develop(
                    frame, demosaic: half ? .half : nil, parallelism: pool.parallelism, isCancelled: isCancelled)
            }
            picture = developed.picture
            (width, height) = frame.uprightSize
            scale = half ? 2 : 1
            self.developed = developed
        }
    }

    /// The whole frame as an upright picture, developed in full when the network saw it at half size.
    func fullPicture(
        pool: ComputePool, clock: inout StageClock, isCancelled: @Sendable () -> Bool
    ) throws(ISPError) -> Picture {
        guard case .raw(let frame) = source, scale > 1, developer.profile.demosaic != .half else { return picture }
        return try clock.measure("developPicture") { () throws(ISPError) in
            try developer.develop(frame, parallelism: pool.parallelism, isCancelled: isCancelled).picture
        }
    }
}
