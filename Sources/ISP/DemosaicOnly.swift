package import Imaging
package import Tensors

/// The demosaic and nothing else: no black level, white balance, colour or tone; the frame's white level becomes full
/// scale. With ``InterpolationDomain/linear`` samples are interpolated as they are, whatever their coding, and sampled
/// sites come out as they went in; with ``InterpolationDomain/squareRoot`` linear samples are interpolated as square roots
/// and squared again.
///
/// - Throws: `ISPError.argument` for a frame too small for the method or without a white level above 0;
///   `ISPError.unsupported` for a mosaic other than Bayer, which ``RawFrame/bayer(_:parallelism:)`` turns into one.
package func demosaicOnly(
    _ frame: RawFrame, method: Demosaic, domain: InterpolationDomain, format: Picture.Format,
    network: (any DemosaicNetwork)? = nil, parallelism: Parallelism = .serial
) throws(ISPError) -> Picture {
    var chain = try demosaicChain(frame, method: method, domain: domain, format: format)
    try chain.interpolate(by: network, parallelism: parallelism, isCancelled: { false })
    let picture = chain.makePicture()
    try chain.run(into: picture, parallelism: parallelism, isCancelled: { false })
    return picture
}

/// The same into a picture that the caller owns alone and may use again. Its format decides the output's; its size is that of
/// the frame, upright and halved for ``Demosaic/half``.
///
/// - Throws: `ISPError.argument` for a frame too small for the method or without a white level above 0.
package func demosaicOnly(
    _ frame: RawFrame, method: Demosaic, domain: InterpolationDomain, into picture: Picture,
    network: (any DemosaicNetwork)? = nil, parallelism: Parallelism = .serial
) throws(ISPError) {
    var chain = try demosaicChain(frame, method: method, domain: domain, format: picture.format)
    try chain.interpolate(by: network, parallelism: parallelism, isCancelled: { false })
    try chain.run(into: picture, parallelism: parallelism, isCancelled: { false })
}

private func demosaicChain(
    _ frame: RawFrame, method: Demosaic, domain: InterpolationDomain, format: Picture.Format
) throws(ISPError) -> DevelopChain {
    guard frame.whiteLevel.isFinite, frame.whiteLevel > 0 else {
        throw .argument(field: "whiteLevel", detail: "\(frame.whiteLevel) is not above 0")
    }
    let parameters = DevelopParameters(
        demosaic: method, domain: domain, blackLevel: [0, 0, 0, 0], whiteLevel: frame.whiteLevel, tone: .linear)
    return try DevelopChain(frame: frame, parameters: parameters, tone: nil, format: format)
}
