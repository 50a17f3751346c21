internal import Codecs
internal import ISP
internal import Imaging
internal import Tensors
internal import Vision

/// A decoded frame and what the network looks at.
struct ModelView: Sendable {
    /// What goes into the network's input.
    enum Content: Sendable {
        /// An upright picture.
        case picture(Picture)
        /// A raw frame's picture, developed row by row while the input is filled: nobody holds it.
        case rows(any PictureRows)
    }

    let source: SourceImage
    /// For large sensors half the size of the frame.
    let content: Content
    /// Size of the upright frame, which boxes refer to.
    let width: Int
    let height: Int
    /// Pixels of the frame to one of the content, each way.
    let scale: Float
    /// Raw frames only: what the ISP applies.
    let parameters: DevelopParameters?
    let developer: Developer

    /// Decodes and, if raw, decides how to develop: at half size when that still covers the network's input, since a
    /// detector gains nothing from a full demosaic then. Only a picture that is wanted for itself, too, is made as a whole.
    ///
    /// - Parameter isPictureWanted: whether ``fullPicture(pool:clock:isCancelled:)`` will be asked for.
    init(
        _ input: FrameInput, network: ModelManifest.Input, developer: Developer, isPictureWanted: Bool,
        limits: DecodeLimits, pool: ComputePool, clock: inout StageClock, isCancelled: @Sendable () -> Bool
    ) throws {
        source = try clock.measure("decode") { () throws(CodecError) in
            try ImageDecoder.decode(
                input.bytes, contentType: input.contentType, description: input.description, limits: limits)
        }
        self.developer = developer
        switch source {
        case .picture(let stored, let orientation):
            let picture = clock.measure("decode") { stored.uprighted(from: orientation) }
            content = .picture(picture)
            (width, height) = (picture.width, picture.height)
            scale = 1
            parameters = nil
        case .raw(let frame):
            let isLarge = min(frame.width, frame.height) / 2 >= max(network.width, network.height)
            let half = isLarge || developer.profile.demosaic == .half
            let isWhole = isPictureWanted && (!half || developer.profile.demosaic == .half)
            (content, parameters) = try clock.measure("develop") { () throws(ISPError) in
                var parameters = try developer.parameters(for: frame)
                if half { parameters.demosaic = .half }
                guard isWhole else {
                    return (.rows(try developer.rows(of: frame, parameters: parameters)), parameters)
                }
                let picture = try developer.develop(
                    frame, parameters: parameters, parallelism: pool.parallelism, isCancelled: isCancelled)
                return (.picture(picture), parameters)
            }
            (width, height) = frame.uprightSize
            scale = half ? 2 : 1
        }
    }

    /// The whole frame as an upright picture, developed by the profile's own demosaic.
    func fullPicture(
        pool: ComputePool, clock: inout StageClock, isCancelled: @Sendable () -> Bool
    ) throws(ISPError) -> Picture {
        switch (source, content) {
        case (_, .picture(let picture)): picture
        case (.picture(let picture, let orientation), .rows): picture.uprighted(from: orientation)
        case (.raw(let frame), .rows):
            try clock.measure("developPicture") { () throws(ISPError) in
                try developer.develop(frame, parallelism: pool.parallelism, isCancelled: isCancelled).picture
            }
        }
    }
}
