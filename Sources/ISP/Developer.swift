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
            tone: profile.tone)
        parameters.lensShading = profile.lensShading.grid(for: frame)
        parameters.noise = noise(of: frame, range: frame.whiteLevel - (blackLevel.max() ?? 0))
        try profile.defects.check(frame)
        parameters.defects = profile.defects
        parameters.denoise = profile.denoise
        parameters.sharpening = profile.sharpening
        if profile.lensShading != .none { parameters.lensWarp = frame.lensWarp }
        guard let cfa = frame.pixelFormat.cfa else { return parameters }

        let statistics =
            needsStatistics(frame)
            ? FrameStatistics(frame, cfa: cfa, blackLevel: blackLevel, whiteLevel: frame.whiteLevel) : nil
        parameters.whiteBalanceGains = try whiteBalanceGains(for: frame, statistics)
        switch profile.greenBalance {
        case .none: break
        case .auto: parameters.greenRatio = statistics?.greenRatio ?? 1
        case .ratio(let ratio): parameters.greenRatio = ratio
        }
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
        if profile.saturation != 1 {
            parameters.colorMatrix = .saturation(profile.saturation) * parameters.colorMatrix
        }
        return parameters
    }

    /// The profile's noise model, else the frame's own, else a typical one; in samples of this frame.
    private func noise(of frame: RawFrame, range: Double) -> NoiseModel {
        if let noise = profile.noise {
            return NoiseModel(gain: noise.gain * frame.sampleScale, readNoise: noise.readNoise * frame.sampleScale)
        }
        guard let noise = frame.noise else { return .typical(range: range) }
        let model = NoiseModel(
            gain: noise.scale.sum() / 3 * range, readNoise: (max(0, noise.offset.sum() / 3)).squareRoot() * range)
        return NoiseModel.gainRange.contains(model.gain) && NoiseModel.readNoiseRange.contains(model.readNoise)
            ? model : .typical(range: range)
    }

    /// Whether the frame's samples decide on its parameters.
    private func needsStatistics(_ frame: RawFrame) -> Bool {
        if profile.greenBalance == .auto { return true }
        switch profile.whiteBalance {
        case .greyWorld, .shadesOfGrey, .temperature(nil): return true
        case .asShot: return frame.whiteBalanceGains == nil
        case .gains, .temperature: return false
        }
    }

    private func whiteBalanceGains(
        for frame: RawFrame, _ statistics: FrameStatistics?
    ) throws(ISPError) -> SIMD3<Double> {
        let estimate = statistics?.shadesOfGreyGains ?? SIMD3(1, 1, 1)
        switch profile.whiteBalance {
        case .gains(let gains): return gains / gains.y
        case .greyWorld: return statistics?.greyWorldGains ?? estimate
        case .shadesOfGrey: return estimate
        case .temperature(let temperature?): return WhitePoints.imx500.gains(temperature: temperature)
        case .temperature(nil): return WhitePoints.imx500.gains(nearest: estimate)
        case .asShot:
            guard let gains = frame.whiteBalanceGains else { return estimate }
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

    /// The same on one thread, with the milliseconds that each stage took. Stages that the frame does not go through took none.
    package func developTimed(
        _ frame: RawFrame, parameters: DevelopParameters, format: Picture.Format = .rgb8
    ) throws(ISPError) -> (picture: Picture, milliseconds: [(stage: DevelopStage, time: Double)]) {
        var chain = try chain(for: frame, parameters: parameters, format: format)
        try chain.interpolate(by: network, parallelism: .serial, isCancelled: { false })
        let picture = chain.makePicture()
        let timer = StageTimer()
        chain.run(into: picture, timer: timer)
        let times = zip(DevelopStage.allCases, timer.nanoseconds).filter { $0.1 > 0 }
        return (picture, times.map { ($0, Double($1) / 1e6) })
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
