/// A camera's frame numbers as numbers that never go round: GigE Vision's classic ones have 16 bits, 65535 is followed by 1.
package struct FrameNumbers: Sendable {
    private var last: UInt64?
    private var turns: UInt64 = 0

    private static let period: UInt64 = 65_535

    package init() {}

    /// The number to count with for the next frame of id `id`. Frames may come a little late.
    package mutating func unrolled(_ id: UInt64) -> UInt64 {
        defer { last = id }
        guard let last, id <= Self.period, last <= Self.period else { return id }
        if last > id, last - id > Self.period / 2 {
            turns += 1
        } else if id > last, id - last > Self.period / 2, turns > 0 {
            // A late one from before the turn; the turn is still to come for those after it.
            turns -= 1
        }
        return turns * Self.period + id
    }
}
