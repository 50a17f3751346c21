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

    /// What is wanted of a frame besides a network's input.
    struct Wishes: Sendable {
        /// The only part that the network is to look at.
        var region: RegionOfInterest?
        /// Cut-outs of the picture that the network sees.
        var crops = false
        /// The full picture.
        var picture = false
    }

    let source: SourceImage
    /// The whole frame, upright, `scale` times smaller; `nil` when it is developed row by row.
    let whole: Picture?
    /// Size of `whole`, also where nobody holds it.
    let wholeSize: (width: Int, height: Int)
    let content: Content
    /// Where the content lies in `whole`.
    let region: PixelRect
    /// Size of the upright frame, which boxes refer to.
    let width: Int
    let height: Int
    /// Pixels of the frame to one of the content, each way; for large sensors two.
    let scale: Float
    /// Raw frames only: what the ISP applies.
    let parameters: DevelopParameters?
    let developer: Developer

    /// Decodes and, if raw, decides how to develop: at half size when that still covers the network's input, since a
    /// detector gains nothing from a full demosaic then. Only what is wanted for itself, too, is made as a whole.
    init(
        _ input: FrameInput, network: ModelManifest.Input, developer: Developer, wishes: Wishes = Wishes(),
        limits: DecodeLimits, pool: ComputePool, clock: inout StageClock, isCancelled: @Sendable () -> Bool
    ) throws {
        let source = try clock.measure("decode") { () throws(CodecError) in
            try ImageDecoder.decode(
                input.bytes, contentType: input.contentType, description: input.description, limits: limits)
        }
        try self.init(
            source, network: network, developer: developer, wishes: wishes, pool: pool, clock: &clock,
            isCancelled: isCancelled)
    }

    /// The same of a frame that is decoded.
    init(
        _ source: SourceImage, network: ModelManifest.Input, developer: Developer, wishes: Wishes = Wishes(),
        pool: ComputePool, clock: inout StageClock, isCancelled: @Sendable () -> Bool
    ) throws {
        self.source = source
        self.developer = developer
        switch source {
        case .picture(let stored, let orientation):
            let picture = clock.measure("decode") { stored.uprighted(from: orientation) }
            (width, height) = (picture.width, picture.height)
            (whole, wholeSize, scale, parameters) = (picture, (width, height), 1, nil)
            region = try wishes.region?.pixels(width: width, height: height, scale: 1) ?? PixelRect(all: wholeSize)
            content = .picture(wishes.region == nil ? picture : picture.cropped(to: region))
        case .raw(let frame):
            (width, height) = frame.uprightSize
            let looked = try wishes.region?.pixels(width: width, height: height, scale: 1)
            let shortSide = min(looked?.width ?? width, looked?.height ?? height)
            // Binned Quad-Bayer is half the size already.
            let mosaic = try clock.measure("develop") { () throws(ISPError) in
                try developer.bayer(frame, parallelism: pool.parallelism)
            }
            let isLarge = shortSide / (2 * mosaic.reduction) >= max(network.width, network.height)
            let half = isLarge || developer.profile.demosaic == .half
            let isFullPicture = !half || developer.profile.demosaic == .half
            let isWhole = wishes.region != nil || wishes.crops || (wishes.picture && isFullPicture)
            let parameters: DevelopParameters
            let developed: Content
            (parameters, developed) = try clock.measure("develop") { () throws(ISPError) in
                let frame = mosaic.frame
                var parameters = try developer.parameters(for: frame)
                if half { parameters.demosaic = .half }
                guard isWhole else {
                    return (parameters, .rows(try developer.rows(of: frame, parameters: parameters)))
                }
                let picture = try developer.develop(
                    frame, parameters: parameters, parallelism: pool.parallelism, isCancelled: isCancelled)
                return (parameters, .picture(picture))
            }
            self.parameters = parameters
            wholeSize = developed.uprightSize
            scale = (half ? 2 : 1) * Float(mosaic.reduction)
            region =
                try wishes.region?.pixels(width: wholeSize.width, height: wholeSize.height, scale: Double(scale))
                ?? PixelRect(all: wholeSize)
            switch developed {
            case .rows: (whole, content) = (nil, developed)
            case .picture(let picture):
                whole = picture
                content = wishes.region == nil ? developed : .picture(picture.cropped(to: region))
            }
        }
    }

    /// The whole frame as an upright picture, developed by the profile's own demosaic.
    func fullPicture(
        pool: ComputePool, clock: inout StageClock, isCancelled: @Sendable () -> Bool
    ) throws(ISPError) -> Picture {
        switch source {
        case .picture(let stored, let orientation): return whole ?? stored.uprighted(from: orientation)
        case .raw(let frame):
            if let whole, parameters?.demosaic == developer.profile.demosaic { return whole }
            return try clock.measure("developPicture") { () throws(ISPError) in
                let mosaic = try developer.bayer(frame, parallelism: pool.parallelism).frame
                return try developer.develop(mosaic, parallelism: pool.parallelism, isCancelled: isCancelled).picture
            }
        }
    }
}
