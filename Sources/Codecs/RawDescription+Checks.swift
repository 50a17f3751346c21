internal import Imaging

extension RawDescription {
    /// Throws unless every value that is given is one that the field can have, whatever frame it is for.
    package func check() throws(CodecError) {
        for (field, value) in [("width", width), ("height", height), ("rowStride", rowStride)] {
            if let value, value < 1 { throw .argument(field: field, detail: "is \(value), but must be at least 1") }
        }
        if let offset, offset < 0 { throw .argument(field: "offset", detail: "is \(offset), but must not be negative") }
        if let pixelFormat, !pixelFormat.isDefined {
            throw .argument(
                field: "pixelFormat",
                detail: "no format of \(pixelFormat.bitDepth) bits is packed as \(pixelFormat.packing.rawValue)")
        }
        if let blackLevel {
            guard blackLevel.count == 1 || blackLevel.count == 4 else {
                throw .argument(field: "blackLevel", detail: "has \(blackLevel.count) numbers, but takes one or four")
            }
            for level in blackLevel where !(level.isFinite && level >= 0 && level <= 65_535) {
                throw .argument(field: "blackLevel", detail: "is \(level), but goes from 0 to 65535")
            }
        }
        if let whiteLevel, !(whiteLevel.isFinite && whiteLevel > 0 && whiteLevel <= 65_535) {
            throw .argument(field: "whiteLevel", detail: "is \(whiteLevel), but goes up to 65535 from above 0")
        }
        if let gains = whiteBalanceGains {
            for gain in [gains.x, gains.y, gains.z] where !(gain >= 0.01 && gain <= 100) {
                throw .argument(field: "whiteBalanceGains", detail: "has \(gain), but gains go from 0.01 to 100")
            }
        }
        if let cameraToSRGB { try Self.check(cameraToSRGB, "cameraToSRGB") }
        if let calibrations {
            guard (1...2).contains(calibrations.count) else {
                throw .argument(
                    field: "calibrations", detail: "has \(calibrations.count) entries, but takes one or two")
            }
            for calibration in calibrations {
                guard calibration.temperature >= 1000, calibration.temperature <= 25_000 else {
                    throw .argument(
                        field: "calibrations", detail: "has \(calibration.temperature) K, but goes from 1000 to 25000")
                }
                for case let matrix? in [calibration.xyzToCamera, calibration.cameraToXYZD50] {
                    try Self.check(matrix, "calibrations")
                }
            }
        }
    }

    private static func check(_ matrix: ColorMatrix, _ field: String) throws(CodecError) {
        guard let wild = matrix.coefficients.first(where: { !(abs($0) <= 100) }) else { return }
        throw .argument(field: field, detail: "has \(wild), but coefficients go from -100 to 100")
    }

    /// Whether width, height and pixel format are there: enough to read bare raw.
    package var describesBareRaw: Bool { width != nil && height != nil && pixelFormat != nil }

    /// This description with everything that `other` gives put in its place.
    package func overridden(by other: RawDescription) -> RawDescription {
        var result = self
        result.width = other.width ?? width
        result.height = other.height ?? height
        result.pixelFormat = other.pixelFormat ?? pixelFormat
        result.rowStride = other.rowStride ?? rowStride
        result.offset = other.offset ?? offset
        result.blackLevel = other.blackLevel ?? blackLevel
        result.whiteLevel = other.whiteLevel ?? whiteLevel
        result.whiteBalanceGains = other.whiteBalanceGains ?? whiteBalanceGains
        result.cameraToSRGB = other.cameraToSRGB ?? cameraToSRGB
        result.calibrations = other.calibrations ?? calibrations
        result.orientation = other.orientation ?? orientation
        result.sequence = other.sequence ?? sequence
        result.timestamp = other.timestamp ?? timestamp
        return result
    }
}
