internal import CKernels
internal import Tensors

/// ``Demosaic/led`` on consecutive rows: holds the rows at work, half a megabyte for the widest sensors.
final class EdgeSensing {
    private let storage: ByteStorage
    private let rings: ck_led

    /// - Parameters:
    ///   - width: of the mosaic.
    ///   - phase: column parity of the red or blue samples of even rows.
    init(width: Int, phase: UInt32) {
        storage = ByteStorage(byteCount: 2 * ck_led_sample_count(width))
        rings = ck_led(samples: storage.base.assumingMemoryBound(to: Int16.self), width: width, phase: phase)
    }

    /// Takes row `y`, mirrored into the mosaic, with mirrored ends. Rows come in rising order without gaps.
    func take(_ y: Int, from row: UnsafePointer<UInt16>) {
        withUnsafePointer(to: rings) { ck_u16_led_take($0, y, row) }
    }

    /// Writes the planes of row `y` once ``Demosaic/reach`` rows beyond it have been taken.
    func finish(
        _ y: Int, sampled: UnsafePointer<UInt16>, own: UnsafeMutablePointer<UInt16>,
        green: UnsafeMutablePointer<UInt16>, other: UnsafeMutablePointer<UInt16>
    ) {
        withUnsafePointer(to: rings) { ck_u16_led_finish($0, y, sampled, own, green, other) }
    }
}
