import Synchronization

/// Results of models that load side by side.
final class LoadSlots: Sendable {
    private let slots: Mutex<[Result<LoadedModel, PipelineError>?]>

    init(count: Int) { slots = Mutex(Array(repeating: nil, count: count)) }

    func fill(_ index: Int, _ result: Result<LoadedModel, PipelineError>) {
        slots.withLock { $0[index] = result }
    }

    var results: [Result<LoadedModel, PipelineError>] { slots.withLock { $0.compactMap { $0 } } }
}
