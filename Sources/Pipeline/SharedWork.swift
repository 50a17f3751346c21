import Synchronization

/// Work cut into numbered pieces that several threads take turns to claim.
final class SharedWork: @unchecked Sendable {
    let count: Int
    private let piece: @Sendable (Int) -> Void
    private let next = Atomic<Int>(0)
    /// Threads inside ``runUnclaimed()`` besides the owner. Guarded by the pool's lock.
    var visitors = 0

    init(count: Int, piece: @escaping @Sendable (Int) -> Void) {
        self.count = count
        self.piece = piece
    }

    var hasUnclaimed: Bool { next.load(ordering: .relaxed) < count }

    /// Claims and runs pieces until none is left.
    func runUnclaimed() {
        while true {
            let index = next.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
            if index >= count { return }
            piece(index)
        }
    }
}
