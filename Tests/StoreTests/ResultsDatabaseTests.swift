import Foundation
import Store
import Tensors
import TestSupport
import Testing

@Suite struct ResultsDatabaseTests {
    @Test("keeps results across openings, numbered along each sensor's chain")
    func keeping() async throws {
        let folder = try TemporaryDirectory()
        var first: [StoredResult] = []
        do {
            let store = try Sample.store(in: folder)
            first = try await store.insert([Sample.result(sensor: "a"), Sample.result(sensor: "b")], time: 1000)
        }
        let store = try Sample.store(in: folder)
        let second = try await store.insert([Sample.result(sensor: "a")], time: 2000)
        #expect(first.map(\.id) == [1, 2] && second.map(\.id) == [3])
        #expect(try await store.result(1) == first[0])
        #expect(text(second[0].document).contains(#""time":"1970-01-01T00:00:02.000Z","chain":"a","number":2"#))
        #expect(try await store.result(4) == nil)
        #expect(try await store.usage().results == 3)
    }

    @Test("finds by every condition, alone and together")
    func conditions() async throws {
        let folder = try TemporaryDirectory()
        let store = try Sample.store(in: folder)
        _ = try await store.insert([Sample.result(sensor: "a", ["dog": 0.9, "cat": 0.2])], time: 1000)
        _ = try await store.insert([Sample.result(sensor: "b", model: "n", ["cat": 0.7])], time: 2000)
        _ = try await store.insert([Sample.result(["bird": 0.4])], time: 3000)
        _ = try await store.insert([Sample.result(sensor: "a", [:])], time: 4000)
        func found(_ change: (inout ResultQuery) -> Void) async throws -> [Int64] {
            var query = ResultQuery()
            change(&query)
            return try await store.page(query).results.map(\.id)
        }
        #expect(try await found { _ in } == [4, 3, 2, 1])
        #expect(try await found { $0.sensor = "a" } == [4, 1])
        #expect(try await found { $0.model = "n" } == [2])
        #expect(try await found { $0.label = "cat" } == [2, 1])
        #expect(try await found { ($0.label, $0.minimumScore) = ("cat", 0.5) } == [2])
        #expect(try await found { $0.minimumScore = 0.4 } == [3, 2, 1])
        #expect(try await found { ($0.from, $0.to) = (2000, 4000) } == [3, 2])
        #expect(try await found { ($0.sensor, $0.label, $0.to) = ("a", "dog", 1001) } == [1])
        #expect(try await found { ($0.sensor, $0.label) = ("b", "dog") }.isEmpty)
    }

    @Test("pages show every result once, whatever comes in between", arguments: [nil, "dog"])
    func pages(label: String?) async throws {
        let folder = try TemporaryDirectory()
        let store = try Sample.store(in: folder)
        _ = try await store.insert((0..<23).map { _ in Sample.result() }, time: 1)
        var query = ResultQuery()
        query.limit = 5
        query.label = label
        var seen: [Int64] = []
        var pages = 0
        repeat {
            let page = try await store.page(query)
            seen += page.results.map(\.id)
            pages += 1
            query.page = page.next
            _ = try await store.insert([Sample.result(), Sample.result()], time: 2)
            if pages == 2 { _ = try await store.delete(20, time: 3) }
        } while query.page != nil
        #expect(seen == (1...23).reversed())
        #expect(pages == 5)
    }

    @Test("a page's token survives its text and belongs to its conditions")
    func tokens() async throws {
        let folder = try TemporaryDirectory()
        let store = try Sample.store(in: folder)
        _ = try await store.insert((0..<3).map { _ in Sample.result() }, time: 1)
        var query = ResultQuery()
        query.limit = 2
        let token = try #require(try await store.page(query).next)
        #expect(ResultQuery.PageToken(text: token.text) == token)
        query.page = token
        #expect(query.pageFits)
        query.sensor = "other"
        #expect(!query.pageFits)
        for nonsense in ["", "1", "-", "zz-", "0-123456789012", "-1-123456789012", "é-123456789012"] {
            #expect(ResultQuery.PageToken(text: nonsense) == nil, "\(nonsense)")
        }
    }

    @Test("keeps a frame once for all results that have it, and drops it with the last")
    func blobs() async throws {
        let folder = try TemporaryDirectory()
        let store = try Sample.store(in: folder)
        let frame = Sample.blob([1, 2, 3], type: "image/x-adobe-dng")
        var (one, two) = (Sample.result(sensor: "a"), Sample.result(sensor: "b"))
        (one.frame, two.frame, two.picture) = (frame, frame, Sample.blob([9]))
        _ = try await store.insert([one, two], time: 1)
        let kept = try await store.blob(.frame, of: 1)
        #expect(kept?.contentType == "image/x-adobe-dng" && kept?.bytes == [1, 2, 3])
        #expect(try await store.blob(.picture, of: 1) == nil)
        #expect(try await store.delete(1, time: 2))
        #expect(try await store.blob(.frame, of: 2)?.bytes == [1, 2, 3])
        #expect(try await store.deleteAll(ofSensor: "b") == 1)
        let usage = try await store.usage()
        #expect(usage.results == 0 && usage.bytes == 0)
        #expect(try store.faults() == [])
        #expect(try await store.delete(1, time: 2) == false)
    }

    @Test("lets the oldest go, by age and by bytes, and keeps the chain sound")
    func retention() async throws {
        let folder = try TemporaryDirectory()
        let store = try Sample.store(in: folder)
        for time in 1...40 { _ = try await store.insert([Sample.result(sensor: "s\(time % 3)")], time: Int64(time)) }
        _ = try await store.delete(12, time: 41)
        #expect(try await store.retain(since: 11, maximumBytes: nil) == 10)
        let half = try await store.usage().bytes / 2
        let removed = try await store.retain(since: nil, maximumBytes: half, limit: 7)
        #expect(removed == 7)
        while try await store.retain(since: nil, maximumBytes: half, limit: 7) == 7 {}
        let usage = try await store.usage()
        #expect(usage.bytes <= half && usage.bytes > half / 2)
        var query = ResultQuery()
        query.limit = 1000
        let left = try await store.page(query).results.map(\.id)
        #expect(left.first == 40 && left == left.sorted(by: >) && left.count == usage.results)
        var verifier = ChainVerifier()
        try store.verify(&verifier)
        #expect(verifier.faults == [])
        #expect(try store.faults() == [])
    }

    @Test("a backup made while results come in is whole and can be opened")
    func backup() async throws {
        let folder = try TemporaryDirectory()
        let store = try Sample.store(in: folder)
        async let writing: Void = {
            for _ in 0..<50 { _ = try await store.insert([Sample.result(sensor: "a")], time: 1) }
        }()
        let copy = folder.path + "/copy.sqlite"
        let failure = await onThread { Result { try store.backUp(to: copy) } }
        try failure.get()
        try await writing
        var verifier = ChainVerifier()
        try ResultsDatabase(path: copy, mustExist: true).verify(&verifier)
        #expect(verifier.faults == [])
        #expect(throws: StoreError.self) { try store.backUp(to: copy) }
    }

    @Test("a file that is no database, or cut short, is opened or named as damaged, never more")
    func damage() async throws {
        let folder = try TemporaryDirectory()
        let sound = folder.path + "/sound.sqlite"
        do {
            let store = try Sample.store(in: folder)
            var results = (0..<60).map { Sample.result(sensor: "a", note: "\($0)") }
            results[7].frame = Sample.blob([UInt8](repeating: 7, count: 20_000))
            _ = try await store.insert(results, time: 1)
            try store.backUp(to: sound)
        }
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: sound)))
        var damaged = 0
        for length in Array(stride(from: 1, to: bytes.count, by: 997)) + [100, 4096, 8192] {
            let path = folder.path + "/cut\(length)-\(damaged).sqlite"
            try Data(bytes[..<length]).write(to: URL(filePath: path))
            do throws(StoreError) { _ = try ResultsDatabase(path: path) } catch {
                guard case .damaged(path, _) = error else { throw error }
                damaged += 1
            }
        }
        #expect(damaged > 30)
        var random = SplitMix64(seed: 7)
        for round in 0..<40 {
            var changed = bytes
            for _ in 0..<8 {
                changed[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            let path = folder.path + "/changed\(round).sqlite"
            try Data(changed).write(to: URL(filePath: path))
            var verifier = ChainVerifier()
            if let store = try? ResultsDatabase(path: path) {
                try? store.verify(&verifier)
                _ = try? store.faults()
                _ = try? await store.page(ResultQuery())
            }
        }
        try Data("not a database at all, but long enough to be read as one".utf8).write(
            to: URL(filePath: folder.path + "/text"))
        #expect(throws: StoreError.self) { try ResultsDatabase(path: folder.path + "/text") }
        #expect(throws: StoreError.notThere(path: folder.path + "/none")) {
            try ResultsDatabase(path: folder.path + "/none", mustExist: true)
        }
    }
}
