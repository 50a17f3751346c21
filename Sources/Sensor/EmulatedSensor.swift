import CKernels
package import Imaging
package import Tensors

/// An image sensor that does not exist: it turns a scene's light into raw frames with the noise its data sheet promises.
///
/// A sample depends on the scene, the exposure and (seed, serial number, frame, row, column) and on nothing else: not on
/// threads, not on the machine, not on the frames before. What a real sensor carries for life (non-uniformity, hot and
/// dead pixels) depends on the serial number alone. `ck_noise.h` states how random words are assigned.
package struct EmulatedSensor: Sendable {
    package let dataSheet: SensorDataSheet
    package let mode: SensorDataSheet.Mode
    package let settings: ExposureSettings
    package let seed: UInt64
    package let serial: String

    /// Electrons a read-out value stands for at most, after binning.
    let fullWell: Float
    /// Electrons, after binning.
    private let readNoise: Float
    let ceiling: Float
    private let temporal: Philox
    private let rowWise: Philox
    private let fixedPattern: FixedPattern

    /// - Parameters:
    ///   - mode: one of the data sheet's; `nil` for its first.
    ///   - seed: makes one recording differ from another.
    ///   - serial: makes one sensor differ from another of its kind.
    ///   - keepsPattern: whether to keep what pixels carry for life, 12 bytes a pixel, or to compute it for every frame,
    ///     which takes about as long again as the rest of a frame.
    package init(
        dataSheet: SensorDataSheet, mode: SensorDataSheet.Mode? = nil, seed: UInt64 = 0, serial: String = "1",
        settings: ExposureSettings = ExposureSettings(), keepsPattern: Bool = true, parallelism: Parallelism = .serial
    ) throws(SensorError) {
        try dataSheet.validate()
        try settings.validate(for: dataSheet)
        let mode = if let mode { mode } else { try dataSheet.mode(nil) }
        self.dataSheet = dataSheet
        self.mode = mode
        self.settings = settings
        self.seed = seed
        self.serial = serial

        let binning = Double(mode.binning)
        fullWell = Float(dataSheet.fullWell * binning * binning)
        readNoise = Float(dataSheet.readNoise * binning)
        ceiling = Float(mode.pixelFormat.maximumSample)
        temporal = Philox(named: "fovea.sensor/1 pixel \(seed) \(serial)")
        rowWise = Philox(named: "fovea.sensor/1 row \(seed) \(serial)")
        fixedPattern = FixedPattern(
            dataSheet: dataSheet, mode: mode, serial: serial, isKept: keepsPattern, parallelism: parallelism)
    }

    /// Frame `index` of the recording, packed as the mode says.
    ///
    /// - Parameter exposure: what is set for this frame; `nil`: the sensor's settings.
    package func frame(
        index: UInt64, of scene: PreparedScene, exposure: ExposureSettings? = nil, parallelism: Parallelism = .serial
    ) -> RawFrame {
        precondition(scene.width == mode.width && scene.height == mode.height, "a scene prepared for this mode")
        let width = mode.width
        let stride = mode.rowStride
        let storage = ByteStorage(byteCount: stride * mode.height)
        let packer = PixelPacker(format: mode.pixelFormat)
        let readOut = ReadOut(self, scene, exposure ?? settings)
        parallelism.run(over: mode.height) { rows in
            var exposure = ck_exposure(
                key: (temporal.key.x, temporal.key.y),
                frame: (UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32)),
                light_scale: readOut.lightScale, exposure_time: readOut.darkTime, full_well: fullWell,
                read_noise: readNoise, gain: readOut.gain, ceiling: ceiling)
            let scratch = UnsafeMutableRawPointer.allocate(
                byteCount: max(4, fixedPattern.scratchByteCount), alignment: 64)
            defer { scratch.deallocate() }
            withUnsafeTemporaryAllocation(of: UInt16.self, capacity: width) { samples in
                guard let samples = samples.baseAddress else { return }
                for row in rows {
                    var pixels = fixedPattern.pixels(row: row, scratch: scratch)
                    ck_u16_expose_row(
                        &exposure, UInt32(row), black(frame: index, row: row, gain: readOut.gain), scene.row(row),
                        &pixels, width, samples)
                    packer.pack(samples, width: width, into: storage.base + row * stride)
                }
            }
        }
        return RawFrame(
            width: width, height: mode.height, pixelFormat: mode.pixelFormat, rowStride: stride, storage: storage,
            blackLevel: [Double](repeating: mode.blackLevel, count: 4), whiteLevel: Double(ceiling),
            whiteBalanceGains: scene.whiteBalanceGains, cameraToSRGB: scene.cameraToSRGB, sequence: index,
            timestamp: timestamp(frame: index))
    }

    /// The sample at (`row`, `column`) of frame `index`, computed alone.
    package func sample(
        frame index: UInt64, row: Int, column: Int, of scene: PreparedScene, exposure: ExposureSettings? = nil
    ) -> UInt16 {
        precondition((0..<mode.height).contains(row) && (0..<mode.width).contains(column))
        let block = UInt32(column / 32 * 16 + column % 16)
        let words = temporal.block(
            SIMD4(block, UInt32(row), UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32)))
        let (photonWord, readWord) = column % 32 < 16 ? (words.x, words.y) : (words.z, words.w)
        let readOut = ReadOut(self, scene, exposure ?? settings)
        let pixel = fixedPattern.pixel(row: row, column: column)

        let expected = scene.row(row)[column] * readOut.lightScale * pixel.response + pixel.dark * readOut.darkTime
        let counted = Distributions.photoelectrons(mean: min(expected, 0x1p28), photonWord)
        let charge = min(counted, fullWell) + (Distributions.normal(readWord) * readNoise + pixel.offset)
        let number = (charge * readOut.gain + black(frame: index, row: row, gain: readOut.gain)) + 0.5
        return UInt16(min(max(number, 0), ceiling))
    }

    /// Nanoseconds from the first frame to frame `index`.
    package func timestamp(frame index: UInt64) -> UInt64 {
        UInt64(min(Double(index) / mode.framesPerSecond * 1e9, 0x1p63))
    }

    /// DN of darkness in row `row` of frame `index`.
    private func black(frame index: UInt64, row: Int, gain: Float) -> Float {
        guard dataSheet.rowNoise > 0 else { return Float(mode.blackLevel) }
        let words = rowWise.block(
            SIMD4(UInt32(row), 0, UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32)))
        let offset = Distributions.normal(words.x) * (Float(dataSheet.rowNoise) * Float(mode.binning) * gain)
        return Float(mode.blackLevel) + offset
    }
}
