import CKernels
package import Imaging
package import Tensors

/// An image sensor that does not exist: it turns a scene's light into raw frames with the noise its data sheet promises.
///
/// A sample depends on the scene and on (seed, serial number, frame, row, column) and on nothing else: not on threads, not
/// on the machine, not on the frames before. What a real sensor carries for life (non-uniformity, hot pixels) depends on
/// the serial number alone. `ck_noise.h` states how random words are assigned.
package struct EmulatedSensor: Sendable {
    package let dataSheet: SensorDataSheet
    package let mode: SensorDataSheet.Mode
    package let settings: ExposureSettings
    package let seed: UInt64
    package let serial: String

    /// Electrons a read-out value stands for at most, after binning.
    let fullWell: Float
    /// Electrons, after binning.
    let readNoise: Float
    /// DN per electron, after binning and gain.
    let gain: Float
    let ceiling: Float
    /// DN of each pixel without light: black level and fixed offsets, row by row.
    private let pedestal: ByteStorage
    private let temporal: Philox
    private let rowWise: Philox
    let pattern: Philox

    /// - Parameters:
    ///   - mode: one of the data sheet's; `nil` for its first.
    ///   - seed: makes one recording differ from another.
    ///   - serial: makes one sensor differ from another of its kind.
    package init(
        dataSheet: SensorDataSheet, mode: SensorDataSheet.Mode? = nil, seed: UInt64 = 0, serial: String = "1",
        settings: ExposureSettings = ExposureSettings(), parallelism: Parallelism = .serial
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
        gain = Float(mode.conversionGain / (binning * binning) * settings.analogGain)
        ceiling = Float(mode.pixelFormat.maximumSample)

        temporal = Philox(named: "fovea.sensor/1 pixel \(seed) \(serial)")
        rowWise = Philox(named: "fovea.sensor/1 row \(seed) \(serial)")
        pattern = Philox(named: "fovea.sensor/1 pattern \(serial)")
        pedestal = Self.pedestal(
            mode: mode, deviation: Float(dataSheet.darkSignalNonUniformity * binning) * gain,
            columnDeviation: Float(dataSheet.columnNoise * binning) * gain, pattern: pattern,
            columns: Philox(named: "fovea.sensor/1 column \(serial)"), parallelism: parallelism)
    }

    /// Frame `index` of the recording, packed as the mode says.
    package func frame(
        index: UInt64, of scene: PreparedScene, parallelism: Parallelism = .serial
    ) -> RawFrame {
        precondition(scene.width == mode.width && scene.height == mode.height, "a scene prepared for this mode")
        let width = mode.width
        let stride = mode.rowStride
        let storage = ByteStorage(byteCount: stride * mode.height)
        let packer = PixelPacker(format: mode.pixelFormat)
        parallelism.run(over: mode.height) { rows in
            var exposure = ck_exposure(
                key: (temporal.key.x, temporal.key.y),
                frame: (UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32)),
                full_well: fullWell, read_noise: readNoise, gain: gain, ceiling: ceiling)
            withUnsafeTemporaryAllocation(of: UInt16.self, capacity: width) { samples in
                guard let samples = samples.baseAddress else { return }
                for row in rows {
                    ck_u16_expose_row(
                        &exposure, UInt32(row), rowOffset(frame: index, row: row), scene.row(row), pedestalRow(row),
                        width, samples)
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
    package func sample(frame index: UInt64, row: Int, column: Int, of scene: PreparedScene) -> UInt16 {
        precondition((0..<mode.height).contains(row) && (0..<mode.width).contains(column))
        let block = UInt32(column / 32 * 16 + column % 16)
        let words = temporal.block(
            SIMD4(block, UInt32(row), UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32)))
        let (photonWord, readWord) = column % 32 < 16 ? (words.x, words.y) : (words.z, words.w)

        let counted = Distributions.photoelectrons(mean: scene.row(row)[column], photonWord)
        let charge = min(counted, fullWell) + Distributions.normal(readWord) * readNoise
        let base = pedestalRow(row)[column] + rowOffset(frame: index, row: row)
        let number = (charge * gain + base) + 0.5
        return UInt16(min(max(number, 0), ceiling))
    }

    /// Nanoseconds from the first frame to frame `index`.
    package func timestamp(frame index: UInt64) -> UInt64 {
        UInt64(min(Double(index) / mode.framesPerSecond * 1e9, 0x1p63))
    }

    /// DN that row `row` of frame `index` is off as a whole.
    private func rowOffset(frame index: UInt64, row: Int) -> Float {
        guard dataSheet.rowNoise > 0 else { return 0 }
        let words = rowWise.block(
            SIMD4(UInt32(row), 0, UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32)))
        return Distributions.normal(words.x) * (Float(dataSheet.rowNoise) * Float(mode.binning) * gain)
    }

    private func pedestalRow(_ row: Int) -> UnsafePointer<Float> {
        UnsafePointer((pedestal.base + row * mode.width * 4).assumingMemoryBound(to: Float.self))
    }

    private static func pedestal(
        mode: SensorDataSheet.Mode, deviation: Float, columnDeviation: Float, pattern: Philox, columns: Philox,
        parallelism: Parallelism
    ) -> ByteStorage {
        let width = mode.width
        let black = Float(mode.blackLevel)
        let storage = ByteStorage(byteCount: width * mode.height * 4, zeroed: false)
        let columnOffsets = (0..<width).map { column in
            Distributions.normal(columns.block(SIMD4(UInt32(column), 0, 0, 0)).x) * columnDeviation
        }
        parallelism.run(over: mode.height) { rows in
            let noise = PatternRow(width: width)
            for row in rows {
                noise.fill(pattern, row: row)
                let target = (storage.base + row * width * 4).assumingMemoryBound(to: Float.self)
                for column in 0..<width {
                    target[column] = black + (noise.second[column] * deviation + columnOffsets[column])
                }
            }
        }
        return storage
    }
}
