import Graph
import TestSupport
import Testing

@Suite("memory plan")
struct MemoryPlanTests {
    @Test(
        "buffers alive together never overlap, and no plan is larger than all of them",
        arguments: 1...20 as ClosedRange<UInt64>)
    func disjoint(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let buffers = (0..<60).map { _ in
            let first = Int.random(in: 0..<40, using: &generator)
            return MemoryPlan.Buffer(
                byteCount: Int.random(in: 0...5000, using: &generator), first: first,
                last: first + Int.random(in: 0..<10, using: &generator))
        }
        let plan = MemoryPlan(buffers)
        for (a, x) in buffers.enumerated() {
            #expect(plan.offsets[a] % MemoryPlan.alignment == 0)
            #expect(plan.offsets[a] + x.byteCount <= plan.byteCount)
            for (b, y) in buffers.enumerated() where a < b && x.first <= y.last && y.first <= x.last {
                let apart =
                    plan.offsets[a] + x.byteCount <= plan.offsets[b] || plan.offsets[b] + y.byteCount <= plan.offsets[a]
                #expect(apart, "buffers \(a) and \(b)")
            }
        }
        #expect(plan.byteCount <= buffers.reduce(0) { $0 + max(64, ($1.byteCount + 63) & ~63) })
    }

    @Test("a chain of equal buffers needs room for two")
    func chain() {
        let buffers = (0..<10).map { MemoryPlan.Buffer(byteCount: 640, first: $0, last: $0 + 1) }
        #expect(MemoryPlan(buffers).byteCount == 1280)
    }
}
