package import Imaging
package import Tensors

/// A developed frame and what was done to it.
package struct Developed: Sendable {
    /// Upright.
    package var picture: Picture
    package var parameters: DevelopParameters
}

/// Turns raw frames into pictures by one profile. Make one and keep it: it holds the profile's tone tables.
package struct Developer: Sendable {
    package let profile: ISPProfile
    private let tone8: ToneTable
    private let tone16: ToneTable
    package let network: (any DemosaicNetwork)?

    /// The profile is taken as valid: ``ISPProfile/init(json:)`` checks what comes from outside,
    /// ``ISPProfile/validate()`` what a program puts together.
    ///
    /// - Parameter network: runs ``Demosaic/demosaicnet``.
    package init(profile: ISPProfile, network: (any DemosaicNetwork)? = nil) {
        self.profile = profile
        self.network = network
        tone8 = ToneTable(profile.tone, wide: false)
        tone16 = ToneTable(profile.tone, wide: true)
    }

    /// What the profile and the frame's own description and statistics make of it. Frames of other mosaics than Bayer are turned
    /// into one first: ``bayer(_:parallelism:)``.
    ///
    /// - Throws: `ISPError.argument` when levels or gains contradict each other.
    package func parameters(for frame: RawFrame) throws(ISPError) -> DevelopParameters {
        let blackLevel = profile.blackLevel?.map { $0 * frame.sampleScale } ?? frame.blackLevel
        for level in blackLevel where !(level.isFinite && level >= 0 && level < frame.whiteLevel) {
            throw .argument(
                field: "blackLevel", detail: "\(level) is outside 0…\(frame.whiteLevel), the frame's white level")
        }
        guard frame.whiteLevel.isFinite, frame.whiteLevel <= 65535 else {
            throw .argument(field: "whiteLevel", detail: "\(frame.whiteLevel) is above 65535")
        }
        var parameters = DevelopParameters(
            demosaic: profile.demosaic, domain: profile.domain, blackLevel: blackLevel, whiteLevel: frame.whiteLevel,
            whiteBalanceGains: SIMD3(1, 1, 1), colorTemperature: nil, colorMatrix: .identity, tone: profile.tone,
            lensShading: profile.lensShading.grid(for: frame))
        if profile.lensShading != .none { parameters.lensWarp = frame.lensWarp }
        guard let cfa = frame.pixelFormat.cfa else { return parameters }

        parameters.whiteBalanceGains = try whiteBalanceGains(for: frame, cfa: cfa, blackLevel: blackLevel)
        switch profile.color {
        case .none: break
        case .matrix(let matrix): parameters.colorMatrix = matrix
        case .auto:
            if let matrix = frame.cameraToSRGB {
                guard matrix.coefficients.allSatisfy({ abs($0) <= 1000 }) else {
                    throw .argument(field: "cameraToSRGB", detail: "a coefficient is not a number within ±1000")
                }
                parameters.colorMatrix = matrix
            } else if let color = frame.color {
                let correction = ColorCorrection(color, gains: parameters.whiteBalanceGains)
                parameters.colorMatrix = correction.matrix
                parameters.colorTemperature = correction.temperature
            }
        }
        return parameters
    }

    private func whiteBalanceGains(
        for frame: RawFrame, cfa: CFAPattern, blackLevel: [Double]
    ) throws(ISPError) -> SIMD3<Double> {
        func statistics() -> FrameStatistics {
            FrameStatistics(frame, cfa: cfa, blackLevel: blackLevel, whiteLevel: frame.whiteLevel)
        }
        switch profile.whiteBalance {
        case .gains(let gains): return gains / gains.y
        case .greyWorld: return statistics().greyWorldGains
        case .shadesOfGrey: return statistics().shadesOfGreyGains
        case .asShot:
            guard let gains = frame.whiteBalanceGains else { return statistics().shadesOfGreyGains }
            for index in 0..<3 where !ISPProfile.gainRange.contains(gains[index]) {
                throw .argument(field: "whiteBalanceGains", detail: "\(gains[index]) is outside 1/64…64")
            }
            return gains / gains.y
        }
    }

    /// Develops the whole frame, upright.
    ///
    /// - Parameters:
    ///   - demosaic: instead of the profile's.
    ///   - format: RGB for any frame, grey for monochrome ones only.
    ///   - parallelism: rows are cut into bands; the picture does not depend on how many.
    ///   - isCancelled: asked between strips of rows, on any thread; once true it stays so.
    /// - Throws: `ISPError.argument` for a frame too small for the method or with contradicting levels,
    ///   `ISPError.unsupported` for a grey picture of a colour frame, `ISPError.cancelled`.
    package func develop(
        _ frame: RawFrame, demosaic: Demosaic? = nil, format: Picture.Format = .rgb8,
        parallelism: Parallelism = .serial, isCancelled: @Sendable () -> Bool = { false }
    ) throws(ISPError) -> Developed {
        var parameters = try parameters(for: frame)
        if let demosaic { parameters.demosaic = demosaic }
        let picture = try develop(
            frame, parameters: parameters, format: format, parallelism: parallelism, isCancelled: isCancelled)
        return Developed(picture: picture, parameters: parameters)
    }

    /// Applies parameters that ``parameters(for:)`` made for this frame or one like it: a stream may keep them.
    package func develop(
        _ frame: RawFrame, parameters: DevelopParameters, format: Picture.Format = .rgb8,
        parallelism: Parallelism = .serial, isCancelled: @Sendable () -> Bool = { false }
    ) throws(ISPError) -> Picture {
        var chain = try chain(for: frame, parameters: parameters, format: format)
        try chain.interpolate(by: network, parallelism: parallelism, isCancelled: isCancelled)
        let picture = chain.makePicture()
        try chain.run(into: picture, parallelism: parallelism, isCancelled: isCancelled)
        return picture
    }

    /// The same into a picture that the caller owns alone and may use again for the next frame. Its format decides the
    /// output's; its size is that of the frame, upright and halved for ``Demosaic/half``.
    package func develop(
        _ frame: RawFrame, parameters: DevelopParameters, into picture: Picture,
        parallelism: Parallelism = .serial, isCancelled: @Sendable () -> Bool = { false }
    ) throws(ISPError) {
        var chain = try chain(for: frame, parameters: parameters, format: picture.format)
        try chain.interpolate(by: network, parallelism: parallelism, isCancelled: isCancelled)
        try chain.run(into: picture, parallelism: parallelism, isCancelled: isCancelled)
    }

    /// The picture row by row, for whoever needs no whole one.
    package func rows(
        of frame: RawFrame, parameters: DevelopParameters, format: Picture.Format = .rgb8
    ) throws(ISPError) -> DevelopedRows {
        var chain = try chain(for: frame, parameters: parameters, format: format)
        try chain.interpolate(by: network, parallelism: .serial, isCancelled: { false })
        return DevelopedRows(chain: chain)
    }

    private func chain(
        for frame: RawFrame, parameters: DevelopParameters, format: Picture.Format
    ) throws(ISPError) -> DevelopChain {
        precondition(parameters.tone == profile.tone, "parameters are applied by the developer that made them")
        let table: ToneTable? = parameters.tone == .linear ? nil : format.bytesPerSample == 2 ? tone16 : tone8
        return try DevelopChain(frame: frame, parameters: parameters, tone: table, format: format)
    }
}
