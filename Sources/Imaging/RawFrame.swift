package import Tensors

/// One frame as the sensor gave it: undeveloped samples and what is needed to develop them.
///
/// Whoever makes one has checked that the samples of all rows lie inside `storage`.
package struct RawFrame: Sendable {
    /// Size of the stored mosaic in samples, before orientation.
    package var width: Int
    package var height: Int
    package var pixelFormat: PixelFormat
    /// Bytes from one row to the next, at least ``PixelFormat/minimumRowStride(width:)``.
    package var rowStride: Int
    package var storage: ByteStorage
    /// Offset of the first row in `storage`.
    package var byteOffset: Int

    /// Sample value of darkness for each site of the 2×2 block in reading order; all four are equal on most sensors.
    package var blackLevel: [Double]
    /// Sample value at which the sensor clips.
    package var whiteLevel: Double
    /// What 1 of the sensor's own sample values is in samples of this frame: above 1 where samples were widened.
    package var sampleScale = 1.0
    /// Gains on red, green and blue that make a grey object grey, normalised to green = 1; `nil` when unknown.
    package var whiteBalanceGains: SIMD3<Double>?
    package var color: SensorColor?
    /// Camera RGB (white-balanced) → linear sRGB, when the source gives it outright; rows sum to 1.
    package var cameraToSRGB: ColorMatrix?
    package var orientation: Orientation
    /// Gains on linear light against the lens's shading, when the source gives them.
    package var lensShading: GainGrid?
    /// How the lens bends the picture, when the source says it.
    package var lensWarp: LensWarp?
    /// The noise of the samples, when the source says it.
    package var noise: NoiseProfile?

    /// Counts up by one with every frame the sensor takes, when the source says so.
    package var sequence: UInt64?
    /// Time of capture in nanoseconds on the sensor's clock, when the source says so.
    package var timestamp: UInt64?

    package init(
        width: Int, height: Int, pixelFormat: PixelFormat, rowStride: Int? = nil, storage: ByteStorage,
        byteOffset: Int = 0, blackLevel: [Double] = [0, 0, 0, 0], whiteLevel: Double? = nil,
        whiteBalanceGains: SIMD3<Double>? = nil, color: SensorColor? = nil, cameraToSRGB: ColorMatrix? = nil,
        orientation: Orientation = .up, lensShading: GainGrid? = nil, sequence: UInt64? = nil, timestamp: UInt64? = nil
    ) {
        let rowStride = rowStride ?? pixelFormat.minimumRowStride(width: width)
        precondition(width > 0 && height > 0 && blackLevel.count == 4)
        precondition(rowStride >= pixelFormat.minimumRowStride(width: width))
        precondition(
            byteOffset >= 0
                && byteOffset + rowStride * (height - 1) + pixelFormat.minimumRowStride(width: width)
                    <= storage.byteCount,
            "the samples lie inside the storage")
        self.width = width
        self.height = height
        self.pixelFormat = pixelFormat
        self.rowStride = rowStride
        self.storage = storage
        self.byteOffset = byteOffset
        self.blackLevel = blackLevel
        self.whiteLevel = whiteLevel ?? Double(pixelFormat.maximumSample)
        self.whiteBalanceGains = whiteBalanceGains
        self.color = color
        self.cameraToSRGB = cameraToSRGB
        self.orientation = orientation
        self.lensShading = lensShading
        self.sequence = sequence
        self.timestamp = timestamp
    }

    /// Size of the picture once it is upright.
    package var uprightSize: (width: Int, height: Int) { orientation.uprightSize(width: width, height: height) }

    /// The bytes of all rows, from the first sample to the last.
    package var sampleBytes: UnsafeRawBufferPointer {
        let count = rowStride * (height - 1) + pixelFormat.minimumRowStride(width: width)
        return UnsafeRawBufferPointer(rebasing: storage.bytes[byteOffset..<byteOffset + count])
    }
}
