/// Tells from a sensor's own numbering which frames never came.
///
/// Frames may overtake each other on their way; a late one fills the gap that it left.
struct SequenceTracker: Sendable {
    /// Numbers skipped and not come since.
    private(set) var missing: UInt64 = 0
    /// Frames with the number of the one before.
    private(set) var repeated: UInt64 = 0
    /// Times that the numbering began anew.
    private(set) var restarts: UInt64 = 0
    private(set) var last: UInt64?

    /// The latest skipped numbers, in ascending order; older ones stay counted but can no longer be filled.
    private var gaps: [UInt64] = []
    private static let rememberedGaps = 256

    mutating func note(_ sequence: UInt64) {
        guard let last else {
            self.last = sequence
            return
        }
        if sequence > last {
            let skipped = sequence - last - 1
            let (sum, overflow) = missing.addingReportingOverflow(skipped)
            missing = overflow ? .max : sum
            gaps += (sequence - min(skipped, UInt64(Self.rememberedGaps)))..<sequence
            gaps.removeFirst(max(0, gaps.count - Self.rememberedGaps))
            self.last = sequence
        } else if sequence == last {
            repeated += 1
        } else if let gap = gaps.firstIndex(of: sequence) {
            gaps.remove(at: gap)
            missing -= 1
        } else {
            restarts += 1
            gaps = []
            self.last = sequence
        }
    }
}
