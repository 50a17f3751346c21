import Service
import Testing

@Suite("Numbers of frames")
struct NumberingTests {
    @Test("go on where a camera's own go round", arguments: [UInt64(1), 40_000, 65_534])
    func turns(first: UInt64) {
        var numbers = FrameNumbers()
        for step in 0..<UInt64(200_000) {
            #expect(numbers.unrolled((first - 1 + step) % 65_535 + 1) == first + step)
        }
    }

    @Test("put a late frame from before the turn in its place")
    func lateAcrossTurn() {
        var numbers = FrameNumbers()
        let came: [UInt64] = [65_532, 65_533, 65_535, 1, 65_534, 2, 3]
        #expect(came.map { numbers.unrolled($0) } == [65_532, 65_533, 65_535, 65_536, 65_534, 65_537, 65_538])
    }

    @Test("of more than 16 bits stay as they are")
    func wide() {
        var numbers = FrameNumbers()
        for id: UInt64 in [65_534, 65_535, 65_536, 65_537, 1 << 40] { #expect(numbers.unrolled(id) == id) }
    }

    @Test("tell what is missing, and the counts of skipped and late ones never fall")
    func gaps() {
        var tracker = SequenceTracker()
        var last: (skipped: UInt64, late: UInt64) = (0, 0)
        for number: UInt64 in [1, 2, 5, 3, 6, 4, 4, 9, 9, 8, 20, 2] {
            tracker.note(number)
            #expect(tracker.skipped >= last.skipped && tracker.late >= last.late)
            last = (tracker.skipped, tracker.late)
        }
        #expect(tracker.skipped == 2 + 2 + 10 && tracker.late == 3 && tracker.missing == 11)
        #expect(tracker.repeated == 2 && tracker.restarts == 1)
    }
}
