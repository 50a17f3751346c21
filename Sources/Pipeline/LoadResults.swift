import Synchronization

/// Results of models that load side by side.
final class LoadResults: Sendable {
    private let results: Mutex<[Result<[LoadedModel], PipelineError>?]>

    init(count: Int) { results = Mutex(Array(repeating: nil, count: count)) }

    func fill(_ index: Int, _ result: Result<[LoadedModel], PipelineError>) {
        results.withLock { $0[index] = result }
    }

    var all: [Result<[LoadedModel], PipelineError>] { results.withLock { $0.compactMap { $0 } } }
}
