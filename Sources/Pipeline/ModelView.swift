internal import Codecs
internal import ISP
internal import Imaging
internal import Tensors
internal import Vision

/// A decoded frame and the upright picture of it that the network looks at.
struct ModelView: Sendable {
    let source: SourceImage
    /// The whole frame, upright, and for large sensors at half size.
    let whole: Picture
    /// What the network looks at: `whole`, or the part of it that was asked for.
    let picture: Picture
    /// Where `picture` lies in `whole`.
    let region: PixelRect
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
            whole = clock.measure("decode") { stored.uprighted(from: orientation) }
            (width, height) = (whole.width, whole.height)
            scale = 1
            developed = nil
        case .raw(let frame):
            let network = options.model.manifest.input
            let size = frame.uprightSize
            let looked = try options.region?.pixels(width: size.width, height: size.height, scale: 1)
            let shortSide = min(looked?.width ?? size.width, looked?.height ?? size.height)
            let isLarge = shortSide / 2 >= max(network.width, network.height)
            let half = isLarge || developer.profile.demosaic == .half
            let developed = try clock.measure("develop") { () throws(ISPError) in
                try options.developer.develop(
                    frame, demosaic: half ? .half : nil, parallelism: pool.parallelism, isCancelled: isCancelled)
            }
            whole = developed.picture
            (width, height) = size
            scale = half ? 2 : 1
            self.developed = developed
        }
        region =
            try options.region?.pixels(width: whole.width, height: whole.height, scale: Double(scale))
            ?? PixelRect(x: 0, y: 0, width: whole.width, height: whole.height)
        picture = options.region == nil ? whole : whole.cropped(to: region)
    }

    /// The whole frame as an upright picture, developed in full when the network saw it at half size.
    func fullPicture(
        pool: ComputePool, clock: inout StageClock, isCancelled: @Sendable () -> Bool
    ) throws(ISPError) -> Picture {
        guard case .raw(let frame) = source, scale > 1, developer.profile.demosaic != .half else { return whole }
        return try clock.measure("developPicture") { () throws(ISPError) in
            try developer.develop(frame, parallelism: pool.parallelism, isCancelled: isCancelled).picture
        }
    }
}
