/// How a frame was taken, for the tags of a DNG that say so.
package struct DNGCapture: Sendable, Equatable {
    package var serialNumber: String?
    /// Seconds.
    package var exposureTime: Double?
    package var fNumber: Double?
    package var isoSpeed: Int?
    /// Variance of a sample as S x + O, both on the scale where white is 1 (DNG NoiseProfile).
    package var noiseProfile: (scale: Double, offset: Double)? {
        get { noise.map { ($0.x, $0.y) } }
        set { noise = newValue.map { SIMD2($0.scale, $0.offset) } }
    }
    private var noise: SIMD2<Double>?

    package init() {}

    /// Entries of the first directory.
    func mainEntries(imageNumber: UInt64?) -> TIFFWriter.Directory {
        var entries: TIFFWriter.Directory = []
        if let exposureTime { entries.append((.exposureTime, .rationals([exposureTime]))) }
        if let fNumber { entries.append((.fNumber, .rationals([fNumber]))) }
        if let isoSpeed { entries.append((.isoSpeedRatings, .shorts([min(max(isoSpeed, 0), 65_535)]))) }
        if let number = imageNumber.flatMap({ UInt32(exactly: $0) }) {
            entries.append((.imageNumber, .longs([Int(number)])))
        }
        if let serialNumber {
            let text = String(
                serialNumber.unicodeScalars.filter { (32..<127).contains($0.value) }.prefix(63).map(Character.init))
            entries.append((.cameraSerialNumber, .text(text)))
        }
        return entries
    }

    /// Entries of the raw directory.
    var rawEntries: TIFFWriter.Directory {
        noise.map { [(.noiseProfile, .doubles([$0.x, $0.y]))] } ?? []
    }
}
