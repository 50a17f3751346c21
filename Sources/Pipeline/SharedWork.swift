import Synchronization

/// Work cut into numbered pieces that several threads take turns to claim.
///
/// The closure lives in its owner's frame, which stays until all pieces are done; a thread that comes late to the work
/// finds no piece left and never touches the closure.
final class SharedWork: @unchecked Sendable {
    typealias Piece = @Sendable (Int) -> Void

    let count: Int
    private let piece: UnsafePointer<Piece>
    private let next = Atomic<Int>(0)
    private let done = Atomic<Int>(0)
    private let awaited = Atomic<Bool>(false)

    init(count: Int, piece: UnsafePointer<Piece>) {
        self.count = count
        self.piece = piece
    }

    var hasUnclaimed: Bool { next.load(ordering: .relaxed) < count }
    var isDone: Bool { done.load(ordering: .sequentiallyConsistent) == count }

    /// Says that the owner is about to sleep until the last piece is done.
    func await() { awaited.store(true, ordering: .sequentiallyConsistent) }

    /// Claims and runs pieces until none is left.
    ///
    /// - Returns: whether this call finished the last piece while the owner sleeps, or is about to.
    func runUnclaimed() -> Bool {
        var finishes = false
        while true {
            let index = next.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
            if index >= count { return finishes }
            run(index)
            if done.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue == count {
                finishes = awaited.load(ordering: .sequentiallyConsistent)
            }
        }
    }

    /// Apart, so that no reference to the closure outlives the call.
    @inline(never)
    private func run(_ index: Int) { piece.pointee(index) }
}
