import CKernels
import Tensors

/// What the pixels of one sensor carry for life: sensitivity, dark current, offset and defects, each by its place in the
/// array and the serial number. Charges are those of the mode, after binning.
struct FixedPattern: Sendable {
    private let generator: Philox
    private let pattern: ck_pattern
    private let width: Int
    /// Electrons that each column is off, `Float`.
    private let columnOffsets: ByteStorage
    /// Sensitivity, dark current and offset of each row, one after another; `nil` when they are computed as they are needed.
    private let rows: ByteStorage?

    /// - Parameter isKept: whether to keep the pattern, 12 bytes a pixel, or compute it anew for every frame.
    init(
        dataSheet: SensorDataSheet, mode: SensorDataSheet.Mode, serial: String, isKept: Bool, parallelism: Parallelism
    ) {
        let binning = Double(mode.binning)
        let pixels = binning * binning
        // A binned value has a defect when any of its pixels has.
        func words(_ fraction: Double) -> UInt32 { UInt32(min(1, fraction * pixels) * Double(UInt32.max)) }
        let hot = words(dataSheet.hotPixels.fraction)
        let dead = words(dataSheet.deadPixels)
        let stuck = words(dataSheet.deadPixels + dataSheet.stuckPixels)
        generator = Philox(named: "fovea.sensor/1 pattern \(serial)")
        pattern = ck_pattern(
            key: (generator.key.x, generator.key.y),
            response_deviation: Float(dataSheet.photoResponseNonUniformity / binning),
            offset_deviation: Float(dataSheet.darkSignalNonUniformity * binning),
            dark_current: Float(dataSheet.darkCurrent * pixels), hot_words: hot,
            hot_scale: hot > 0 ? Float(2 * dataSheet.hotPixels.darkCurrent / Double(hot)) : 0,
            dead_words: dead, stuck_words: stuck, defect_share: Float(1 / pixels),
            stuck_offset: Float(dataSheet.fullWell))
        width = mode.width

        columnOffsets = ByteStorage(byteCount: mode.width * 4)
        if dataSheet.columnNoise > 0 {
            let columns = Philox(named: "fovea.sensor/1 column \(serial)")
            let offsets = columnOffsets.base.assumingMemoryBound(to: Float.self)
            for column in 0..<mode.width {
                let z = Distributions.normal(columns.block(SIMD4(UInt32(column), 0, 0, 0)).x)
                offsets[column] = z * Float(dataSheet.columnNoise * binning)
            }
        }
        guard isKept else {
            rows = nil
            return
        }
        let kept = ByteStorage(byteCount: mode.width * mode.height * 12, zeroed: false)
        let (pattern, offsets, width) = (pattern, columnOffsets, width)
        parallelism.run(over: mode.height) { band in
            for row in band {
                Self.fill(kept.base + row * width * 12, pattern, row: row, offsets, width: width)
            }
        }
        rows = kept
    }

    /// Bytes that `pixels(row:scratch:)` may need for a row.
    var scratchByteCount: Int { rows == nil ? width * 12 : 0 }

    /// The pixels of a row; they lie in `scratch` or are kept.
    func pixels(row: Int, scratch: UnsafeMutableRawPointer) -> ck_pixels {
        if let rows { return Self.planes(rows.base + row * width * 12, width: width) }
        Self.fill(scratch, pattern, row: row, columnOffsets, width: width)
        return Self.planes(scratch, width: width)
    }

    /// The same for one pixel alone, in plain Swift.
    func pixel(row: Int, column: Int) -> (response: Float, dark: Float, offset: Float) {
        let words = generator.block(SIMD4(UInt32(column), UInt32(row), 0, 0))
        let isStuck = words.w >= pattern.dead_words && words.w < pattern.stuck_words
        let isDefective = words.w < pattern.dead_words || isStuck
        let share = isDefective ? 1 - pattern.defect_share : 1
        let excess = words.z < pattern.hot_words ? Float(words.z) * pattern.hot_scale : 0
        let shift = columnOffsets.base.load(fromByteOffset: 4 * column, as: Float.self)
        return (
            response: max(0, 1 + Distributions.normal(words.x) * pattern.response_deviation) * share,
            dark: (pattern.dark_current + excess) * share,
            offset: Distributions.normal(words.y) * pattern.offset_deviation + shift
                + (isStuck ? pattern.stuck_offset : 0)
        )
    }

    private static func planes(_ base: UnsafeMutableRawPointer, width: Int) -> ck_pixels {
        let floats = base.assumingMemoryBound(to: Float.self)
        return ck_pixels(response: floats, dark: floats + width, offset: floats + 2 * width)
    }

    private static func fill(
        _ target: UnsafeMutableRawPointer, _ pattern: ck_pattern, row: Int, _ columnOffsets: ByteStorage, width: Int
    ) {
        let floats = target.bindMemory(to: Float.self, capacity: 3 * width)
        var pattern = pattern
        ck_f32_pattern_row(
            &pattern, UInt32(row), width, columnOffsets.base.assumingMemoryBound(to: Float.self), floats,
            floats + width, floats + 2 * width)
    }
}
