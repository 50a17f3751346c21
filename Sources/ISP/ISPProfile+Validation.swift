internal import Imaging

extension ISPProfile {
    /// Checks every value's range.
    ///
    /// - Throws: `ISPError.profile`, naming the key.
    package func validate() throws(ISPError) {
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-".unicodeScalars)
        guard (1...64).contains(name.unicodeScalars.count), name.unicodeScalars.allSatisfy(allowed.contains) else {
            throw .profile(key: "name", detail: "expected 1…64 letters, digits, '.', '_' or '-'")
        }
        if case .gains(let gains) = whiteBalance {
            for index in 0..<3 where !Self.gainRange.contains(gains[index]) {
                throw .profile(
                    key: "whiteBalance.gains[\(index)]", detail: "\(gains[index]) is outside 1/64…64")
            }
        }
        if case .temperature(let temperature?) = whiteBalance, !Self.temperatureRange.contains(temperature) {
            throw .profile(key: "whiteBalance.temperature", detail: "\(temperature) is outside 1000…25000")
        }
        if let blackLevel {
            guard blackLevel.count == 4 else {
                throw .profile(key: "blackLevel", detail: "expected one number or 4")
            }
            for (index, level) in blackLevel.enumerated() where !(0...65535).contains(level) {
                throw .profile(key: "blackLevel[\(index)]", detail: "\(level) is outside 0…65535")
            }
        }
        if case .matrix(let matrix) = color {
            for (index, coefficient) in matrix.coefficients.enumerated() where !(-16...16).contains(coefficient) {
                throw .profile(key: "color.matrix[\(index)]", detail: "\(coefficient) is outside -16…16")
            }
        }
        if case .grid(let shading) = lensShading { try shading.validate() }
        try noise?.validate()
        try defects.validate()
        guard Self.denoiseRange.contains(denoise) else {
            throw .profile(key: "denoise", detail: "\(denoise) is outside 0…3")
        }
        if case .ratio(let ratio) = greenBalance, !Self.greenRatioRange.contains(ratio) {
            throw .profile(key: "greenBalance.ratio", detail: "\(ratio) is outside 0.5…2")
        }
        guard Self.saturationRange.contains(saturation) else {
            throw .profile(key: "saturation", detail: "\(saturation) is outside 0…4")
        }
        try sharpening.validate()
        if case .filmic(let white) = tone, !ToneCurve.filmicRange.contains(white) {
            throw .profile(key: "tone.filmic", detail: "\(white) is outside 1…16")
        }
        for index in 0..<3 where !BayerConversion.infraredRange.contains(conversion.infrared[index]) {
            throw .profile(key: "infrared[\(index)]", detail: "\(conversion.infrared[index]) is outside 0…4")
        }
        if case .points(let points) = tone {
            guard (2...ToneCurve.maximumPointCount).contains(points.count) else {
                throw .profile(key: "tone.curve", detail: "expected 2…\(ToneCurve.maximumPointCount) numbers")
            }
            for (index, point) in points.enumerated() {
                guard (0...1).contains(point) else {
                    throw .profile(key: "tone.curve[\(index)]", detail: "\(point) is outside 0…1")
                }
                guard index == 0 || point >= points[index - 1] else {
                    throw .profile(key: "tone.curve[\(index)]", detail: "the curve falls")
                }
            }
        }
    }

    /// White balance gains that make sense; a blue gain under candle light is about 6.
    static let gainRange = 1.0 / 64...64.0
    static let temperatureRange = 1000.0...25_000.0
    static let denoiseRange = 0.0...3.0
    static let greenRatioRange = 0.5...2.0
    static let saturationRange = 0.0...4.0
}
