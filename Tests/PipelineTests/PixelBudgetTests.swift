import Pipeline
import Synchronization
import TestSupport
import Testing

@Suite("Pixel budget", .timeLimit(.minutes(1)))
struct PixelBudgetTests {
    final class Finished: Sendable {
        private let list = Mutex<[Int]>([])
        var counts: [Int] { list.withLock { $0 } }
        func add(_ count: Int) { list.withLock { $0.append(count) } }
    }

    @Test("gives back what a frame held")
    func releases() {
        let budget = PixelBudget(limit: 100)
        do {
            let reservation = PixelBudget.Reservation(budget)
            #expect(reservation.take(60) { false })
            #expect(reservation.take(40) { false })
            #expect(budget.used == 60)
            #expect(reservation.take(80) { false })
            #expect(budget.used == 80)
        }
        #expect(budget.used == 0)
    }

    @Test("refuses a frame that never fits, at once")
    func tooLarge() {
        let budget = PixelBudget(limit: 100)
        #expect(!PixelBudget.Reservation(budget).take(101) { false })
        #expect(budget.used == 0)
    }

    @Test("lets frames wait in their order, and never has more than the limit in memory")
    func order() async {
        let budget = PixelBudget(limit: 100)
        let first = PixelBudget.Reservation(budget)
        #expect(first.take(70) { false })
        let finished = Finished()
        await withTaskGroup(of: Void.self) { group in
            // The small one would fit beside the first, but came after the large one.
            for (index, count) in [90, 30].enumerated() {
                group.addTask {
                    await onThread {
                        let reservation = PixelBudget.Reservation(budget)
                        #expect(reservation.take(count) { false })
                        #expect(budget.used <= 100)
                        finished.add(count)
                    }
                }
                while budget.waiting <= index { await Task.yield() }
            }
            #expect(finished.counts.isEmpty)
            first.release()
        }
        #expect(finished.counts == [90, 30])
        #expect(budget.used == 0)
    }

    @Test("gives up when told to, and lets those behind pass")
    func stops() async {
        let budget = PixelBudget(limit: 100)
        let first = PixelBudget.Reservation(budget)
        #expect(first.take(50) { false })
        let stop = Finished()
        async let large = onThread { PixelBudget.Reservation(budget).take(80) { !stop.counts.isEmpty } }
        while budget.waiting < 1 { await Task.yield() }
        async let small = onThread { PixelBudget.Reservation(budget).take(20) { false } }
        while budget.waiting < 2 { await Task.yield() }
        stop.add(1)
        #expect(await !large)
        #expect(await small)
        #expect(budget.used == 50)
    }
}
