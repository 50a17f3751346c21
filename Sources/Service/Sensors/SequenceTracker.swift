/// Tells from a sensor's own numbering which frames never came.
///
/// Frames may overtake each other on their way; a late one fills the gap that it left.
package struct SequenceTracker: Sendable {
    /// Numbers that were skipped, also those that came later. Stays at the largest number there is.
    package private(set) var skipped: UInt64 = 0
    /// Of the skipped ones, those that came after all.
    package private(set) var late: UInt64 = 0
    /// Numbers skipped and not come since.
    package var missing: UInt64 { skipped - late }
    /// Frames with the number of the one before, or of a late one.
    package private(set) var repeated: UInt64 = 0
    /// Times that the numbering began anew.
    package private(set) var restarts: UInt64 = 0
    package private(set) var last: UInt64?

    /// The latest skipped numbers, in ascending order; older ones stay counted but can no longer be filled.
    private var gaps: [UInt64] = []
    /// The latest of them that were filled, in the order in which they came.
    private var filled: [UInt64] = []
    private static let rememberedGaps = 256

    package init() {}

    package mutating func note(_ sequence: UInt64) {
        guard let last else {
            self.last = sequence
            return
        }
        if sequence > last {
            let between = sequence - last - 1
            let (sum, overflow) = skipped.addingReportingOverflow(between)
            skipped = overflow ? .max : sum
            gaps += (sequence - min(between, UInt64(Self.rememberedGaps)))..<sequence
            gaps.removeFirst(max(0, gaps.count - Self.rememberedGaps))
            self.last = sequence
        } else if sequence == last {
            repeated += 1
        } else if let gap = gaps.firstIndex(of: sequence) {
            gaps.remove(at: gap)
            late += 1
            filled.append(sequence)
            filled.removeFirst(max(0, filled.count - Self.rememberedGaps))
        } else if filled.contains(sequence) {
            repeated += 1
        } else {
            restarts += 1
            gaps = []
            filled = []
            self.last = sequence
        }
    }
}
