internal import Glibc

/// What a row goes through on its way to a picture, in this order.
package enum DevelopStage: String, Sendable, CaseIterable {
    case unpack
    /// Defects and noise, unpacking included.
    case clean
    /// Black level, white balance, lens shading, square root.
    case linearize
    case demosaic
    case color
    case sharpen
    /// Tone curve and interleaving.
    case tone
}

/// Where the time of one thread goes, stage by stage.
final class StageTimer {
    private(set) var nanoseconds = [UInt64](repeating: 0, count: DevelopStage.allCases.count)
    private var last = StageTimer.now
    private let order = DevelopStage.allCases

    /// Counts the time since the last lap, or since ``start()``, to a stage.
    func lap(_ stage: DevelopStage) {
        let now = Self.now
        nanoseconds[order.firstIndex(of: stage) ?? 0] += now - last
        last = now
    }

    func start() { last = Self.now }

    private static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
