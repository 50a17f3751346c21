internal import Synchronization

/// Asks a run to end, from any thread: frames in work are finished, no more are begun.
package final class StopSwitch: Sendable {
    private let isThrown = Atomic<Bool>(false)

    package init() {}

    package func stop() { isThrown.store(true, ordering: .relaxed) }

    package var isStopping: Bool { isThrown.load(ordering: .relaxed) }
}
