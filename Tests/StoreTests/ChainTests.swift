import Foundation
import Store
import StrictJSON
import TestSupport
import Testing

@Suite struct ChainTests {
    private func lines(_ count: Int = 6) async throws -> [[UInt8]] {
        let folder = try TemporaryDirectory()
        let store = try Sample.store(in: folder)
        for number in 0..<count {
            _ = try await store.insert([Sample.result(sensor: "cam", note: "\(number)")], time: Int64(number))
        }
        var lines: [[UInt8]] = []
        try store.export { lines.append($0) }
        return lines
    }

    private func faults(_ lines: [[UInt8]], expecting hash: String? = nil) -> [ChainVerifier.Fault.Kind] {
        var verifier = ChainVerifier()
        if let hash { verifier.expect(hash) }
        for (index, line) in lines.enumerated() { verifier.take(line, place: "line \(index + 1)") }
        verifier.finish()
        return verifier.faults.map(\.kind)
    }

    @Test("finds nothing wrong with what was stored, also when it was spelled anew")
    func sound() async throws {
        let lines = try await lines()
        #expect(faults(lines) == [])
        #expect(faults(Array(lines[2...])) == [], "results may have been deleted by age")
        let spelled = try lines.map { line in
            try [UInt8](
                JSONSerialization.data(
                    withJSONObject: JSONSerialization.jsonObject(with: Data(line)), options: [.prettyPrinted]))
        }
        #expect(spelled != lines)
        #expect(faults(spelled) == [])
    }

    enum Attack: String, CaseIterable {
        case score, label, drop, swap, resealed, record, provenance, cut, notJSON, twice
    }

    @Test("finds every change, gap and move", arguments: Attack.allCases)
    func attacks(attack: Attack) async throws {
        var lines = try await lines()
        func replace(_ old: String, _ new: String) {
            let changed = text(lines[3]).replacingOccurrences(of: old, with: new)
            #expect(changed != text(lines[3]))
            lines[3] = Array(changed.utf8)
        }
        let expected: [ChainVerifier.Fault.Kind]
        switch attack {
        case .score:
            replace("0.5", "0.6")
            expected = [.tampered]
        case .label:
            replace("dog", "cat")
            expected = [.tampered]
        case .drop:
            lines.remove(at: 3)
            expected = [.missing]
        case .swap:
            lines.swapAt(2, 3)
            expected = [.missing, .reordered]
        case .twice:
            lines.insert(lines[3], at: 3)
            expected = [.reordered]
        case .resealed:
            // A forger who seals the changed result again still breaks the link from the next one.
            let chain = ResultChain(
                id: 4, time: 3, name: "cam", number: 4, previous: try hash(lines[2], "sha256"))
            lines[3] = try chain.seal(Sample.result(sensor: "cam", note: "forged").document).document
            expected = [.tampered]
        case .record:
            replace("\"previous\"", "\"earlier\"")
            expected = [.incomplete, .missing]
        case .provenance:
            let chain = ResultChain(id: 9, time: 3, name: "other", number: 1, previous: ResultChain.start)
            lines.append(try chain.seal(Array(#"{"frame":{"kind":"raw"},"model":{"sha256":"xyz"}}"#.utf8)).document)
            expected = [.incomplete, .incomplete, .incomplete]
        case .cut:
            lines[3].removeLast(5)
            expected = [.unreadable, .missing]
        case .notJSON:
            lines[3] = [0, 255, 17]
            expected = [.unreadable, .missing]
        }
        #expect(faults(lines) == expected)
    }

    private func hash(_ line: [UInt8], _ key: String) throws -> String {
        let object = try #require(JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        return try #require((object["record"] as? [String: Any])?[key] as? String)
    }

    @Test("finds a lost end against a hash that was noted, and against the store's own")
    func ends() async throws {
        let lines = try await lines()
        let last = try hash(lines[5], "sha256")
        #expect(faults(lines, expecting: last) == [])
        #expect(faults(Array(lines[..<5]), expecting: last) == [.missing])
        var verifier = ChainVerifier()
        for line in lines[..<5] { verifier.take(line, place: "") }
        verifier.finish(chain: "cam", first: 1, last: 6, sha256: last)
        verifier.finish(chain: "gone", first: 3, last: 2, sha256: last)
        #expect(verifier.faults.map(\.kind) == [.missing])
    }

    @Test("a deleted result leaves its hash, and the chain holds around it")
    func removal() async throws {
        let folder = try TemporaryDirectory()
        let store = try Sample.store(in: folder)
        _ = try await store.insert((0..<4).map { Sample.result(sensor: "cam", note: "secret \($0)") }, time: 1)
        _ = try await store.delete(2, time: 2)
        var exported = ""
        try store.export { exported += text($0) + "\n" }
        #expect(!exported.contains("secret 1") && exported.contains("fovea.removal/1"))
        var verifier = ChainVerifier()
        try store.verify(&verifier)
        #expect(verifier.faults == [] && verifier.removedCount == 1 && verifier.resultCount == 3)
        #expect(try await store.deleteAll(ofSensor: "cam") == 3)
        _ = try await store.insert([Sample.result(sensor: "cam")], time: 3)
        var again = ChainVerifier()
        try store.verify(&again)
        #expect(again.faults == [] && again.resultCount == 1)
    }

    @Test("seals only objects without a record", arguments: ["[]", "1", "", "{", "{\"record\":1}", "{} "])
    func sealing(document: String) throws {
        let chain = ResultChain(id: 1, time: 0, name: "-", number: 1, previous: ResultChain.start)
        #expect(throws: StoreError.self) { try chain.seal(Array(document.utf8)) }
    }
}
