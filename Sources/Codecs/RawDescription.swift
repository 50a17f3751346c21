package import Imaging

/// What bare raw bytes do not say of themselves. JSON side files, command-line flags and HTTP headers all fill this in.
///
/// JSON keys are the property names; `pixelFormat` is a name that ``PixelFormat/init(name:)`` reads.
package struct RawDescription: Sendable, Equatable {
    /// Samples in a row and rows, 1 and up.
    package var width: Int?
    package var height: Int?
    package var pixelFormat: PixelFormat?
    /// Bytes from one row to the next; the smallest possible when not given.
    package var rowStride: Int?
    /// Bytes before the first row.
    package var offset: Int?
    /// Sample value of darkness: one number for all sites or four in reading order of the 2×2 block.
    package var blackLevel: [Double]?
    package var whiteLevel: Double?
    /// Gains on red, green and blue for the light of the scene.
    package var whiteBalanceGains: SIMD3<Double>?
    /// White-balanced camera RGB → linear sRGB, row by row.
    package var cameraToSRGB: ColorMatrix?
    /// One or two colour calibrations of the camera, in DNG's terms.
    package var calibrations: [SensorColor.Calibration]?
    package var orientation: Orientation?
    package var sequence: UInt64?
    /// Nanoseconds on the sensor's clock.
    package var timestamp: UInt64?

    package init() {}

    package var isEmpty: Bool { self == RawDescription() }
}
