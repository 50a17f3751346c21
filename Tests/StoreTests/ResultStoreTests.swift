import Store
import TestSupport
import Testing

@Suite struct ResultStoreTests {
    private func store(in folder: TemporaryDirectory, _ change: (inout StoreConfiguration) -> Void = { _ in }) throws
        -> ResultStore
    {
        var configuration = StoreConfiguration()
        change(&configuration)
        return try ResultStore(path: folder.path + "/results.sqlite", configuration: configuration)
    }

    @Test("results of many writers at once all arrive, each once, in sound chains")
    func concurrency() async throws {
        let folder = try TemporaryDirectory()
        let store = try store(in: folder)
        let ids = try await withThrowingTaskGroup(of: Int64?.self) { group in
            for number in 0..<300 {
                group.addTask {
                    try await store.write(Sample.result(sensor: "s\(number % 4)", note: "\(number)"), mayDrop: false)?
                        .id
                }
            }
            return try await group.reduce(into: Set<Int64>()) { if let id = $1 { $0.insert(id) } }
        }
        #expect(ids.count == 300)
        #expect(store.writtenCount == 300 && store.queueDepth == 0)
        var verifier = ChainVerifier()
        try store.database.verify(&verifier)
        #expect(verifier.faults == [] && verifier.resultCount == 300 && verifier.chainCount == 4)
    }

    @Test("a result that cannot be stored fails alone")
    func failure() async throws {
        let folder = try TemporaryDirectory()
        let store = try store(in: folder)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                group.addTask {
                    var result = Sample.result(note: "\(number)")
                    if number == 7 { result.document = Array("nonsense".utf8) }
                    return (try? await store.write(result, mayDrop: false)) != nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(outcomes == 19)
    }

    @Test("when the queue is full only what may be dropped is left out")
    func overload() async throws {
        let folder = try TemporaryDirectory()
        let store = try store(in: folder) { $0.queueLimit = 1 }
        let (kept, left) = try await withThrowingTaskGroup(of: (Bool, Bool).self) { group in
            for number in 0..<400 {
                group.addTask {
                    let mayDrop = number % 2 == 0
                    return (mayDrop, try await store.write(Sample.result(note: "\(number)"), mayDrop: mayDrop) != nil)
                }
            }
            return try await group.reduce(into: (0, 0)) { sums, outcome in
                if !outcome.0 { sums.0 += outcome.1 ? 1 : 0 } else { sums.1 += outcome.1 ? 0 : 1 }
            }
        }
        #expect(kept == 200)
        #expect(try await store.database.usage().results == 400 - left)
    }

    @Test("retention follows the configuration")
    func retention() async throws {
        let folder = try TemporaryDirectory()
        let store = try store(in: folder) { ($0.maximumAgeDays, $0.maximumBytes) = (0, 20_000) }
        for _ in 0..<100 { _ = try await store.write(Sample.result(), mayDrop: false) }
        try await store.enforceRetention()
        let usage = try await store.database.usage()
        #expect(usage.bytes <= 20_000 && usage.results > 10)
        #expect(store.knownByteCount == usage.bytes)
    }
}
