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
    /// For large sensors at half the size of the frame.
    let content: Content
    /// The whole frame, upright, at the content's scale, where somebody holds it.
    let whole: Picture?
    /// Where the content lies in the whole frame at its scale.
    let region: PixelRect
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
    /// - Parameters:
    ///   - part: what the network is to see of the frame; `nil`: all of it.
    ///   - isPictureWanted: whether ``fullPicture(pool:clock:isCancelled:)`` will be asked for.
    ///   - isWholeWanted: whether ``whole`` will be asked for.
    init(
        _ input: FrameInput, network: ModelManifest.Input, developer: Developer, part: RegionOfInterest? = nil,
        isPictureWanted: Bool, isWholeWanted: Bool = false, limits: DecodeLimits, pool: ComputePool,
        clock: inout StageClock, isCancelled: @Sendable () -> Bool
    ) throws {
        source = try clock.measure("decode") { () throws(CodecError) in
            try ImageDecoder.decode(
                input.bytes, contentType: input.contentType, description: input.description, limits: limits)
        }
        self.developer = developer
        switch source {
        case .picture(let stored, let orientation):
            let picture = clock.measure("decode") { stored.uprighted(from: orientation) }
            (width, height) = (picture.width, picture.height)
            scale = 1
            (content, whole, region) = try Self.look(at: picture, part: part, scale: 1)
            parameters = nil
        case .raw(let frame):
            (width, height) = frame.uprightSize
            let seen = try part?.pixels(width: width, height: height, scale: 1)
            let shortSide = min(seen?.width ?? width, seen?.height ?? height)
            let isLarge = shortSide / 2 >= max(network.width, network.height)
            let half = isLarge || developer.profile.demosaic == .half
            scale = half ? 2 : 1
            let isFullSize = !half || developer.profile.demosaic == .half
            let isWhole = isWholeWanted || part != nil || (isPictureWanted && isFullSize)
            let parameters = try clock.measure("develop") { () throws(ISPError) in
                var parameters = try developer.parameters(for: frame)
                if half { parameters.demosaic = .half }
                return parameters
            }
            self.parameters = parameters
            if isWhole {
                let picture = try clock.measure("develop") { () throws(ISPError) in
                    try developer.develop(
                        frame, parameters: parameters, parallelism: pool.parallelism, isCancelled: isCancelled)
                }
                (content, whole, region) = try Self.look(at: picture, part: part, scale: Double(scale))
            } else {
                let rows = try clock.measure("develop") { () throws(ISPError) in
                    try developer.rows(of: frame, parameters: parameters)
                }
                let size = rows.orientation.uprightSize(width: rows.width, height: rows.height)
                content = .rows(rows)
                whole = nil
                region = PixelRect(x: 0, y: 0, width: size.width, height: size.height)
            }
        }
    }

    private static func look(
        at whole: Picture, part: RegionOfInterest?, scale: Double
    ) throws(PipelineError) -> (Content, Picture, PixelRect) {
        guard let part else {
            return (.picture(whole), whole, PixelRect(x: 0, y: 0, width: whole.width, height: whole.height))
        }
        let region = try part.pixels(width: whole.width, height: whole.height, scale: scale)
        return (.picture(whole.cropped(to: region)), whole, region)
    }

    /// The whole frame as an upright picture, developed by the profile's own demosaic.
    func fullPicture(
        pool: ComputePool, clock: inout StageClock, isCancelled: @Sendable () -> Bool
    ) throws(ISPError) -> Picture {
        if let whole, scale == 1 || developer.profile.demosaic == .half { return whole }
        switch source {
        case .picture(let stored, let orientation): return stored.uprighted(from: orientation)
        case .raw(let frame):
            return try clock.measure("developPicture") { () throws(ISPError) in
                try developer.develop(frame, parallelism: pool.parallelism, isCancelled: isCancelled).picture
            }
        }
    }
}
