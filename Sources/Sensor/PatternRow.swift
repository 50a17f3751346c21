import CKernels

/// One row of the random quantities that a sensor carries for life, refilled row after row.
final class PatternRow {
    /// Normal; scales sensitivity.
    let first: UnsafeMutablePointer<Float>
    /// Normal; scales the dark level.
    let second: UnsafeMutablePointer<Float>
    /// Even over all 32-bit words; picks hot pixels.
    let uniform: UnsafeMutablePointer<UInt32>
    private let width: Int

    init(width: Int) {
        self.width = width
        first = .allocate(capacity: width)
        second = .allocate(capacity: width)
        uniform = .allocate(capacity: width)
    }

    deinit {
        first.deallocate()
        second.deallocate()
        uniform.deallocate()
    }

    func fill(_ generator: Philox, row: Int) {
        var key = (generator.key.x, generator.key.y)
        withUnsafeBytes(of: &key) { key in
            ck_f32_pattern_row(
                key.baseAddress?.assumingMemoryBound(to: UInt32.self), UInt32(row), width, first, second, uniform)
        }
    }
}
