import StrictJSON
import Tensors

/// Checks stored results offline: that each is what was stored, and that none between them is missing or has moved.
///
/// Results come in the order of their chains, as `fovea store export` writes them; several chains may be mixed. What a
/// chain cannot show is that it was made anew as a whole, or that its end is missing: for that, a hash seen before is
/// compared (``expect(_:)``).
package struct ChainVerifier {
    package struct Fault: Sendable, Equatable, CustomStringConvertible {
        package enum Kind: String, Sendable {
            case tampered, missing, reordered, unreadable, incomplete, unexpected
        }

        package var kind: Kind
        /// The chain's name; `nil` where it is not known.
        package var chain: String?
        package var detail: String

        package var description: String { "\(kind.rawValue)\(chain.map { ": chain \($0)" } ?? ""): \(detail)" }
    }

    private struct Place {
        var number: Int64
        var sha256: String
        var count = 0
        var removed = 0
        var first: Int64
    }

    private var places: [String: Place] = [:]
    private var expected: Set<String> = []
    package private(set) var faults: [Fault] = []
    package private(set) var resultCount = 0
    /// Results that were deleted on purpose: their hash is there, what they said is not.
    package private(set) var removedCount = 0
    package var chainCount: Int { places.count }

    static let removalSchema = "fovea.removal/1"

    package init() {}

    /// A hash that was seen before and must occur.
    package mutating func expect(_ sha256: String) { expected.insert(sha256) }

    /// Takes the next result, or the mark of a deleted one.
    package mutating func take(_ document: [UInt8], place: String) {
        do {
            try check(JSONValue(parsing: document, byteLimit: ResultChain.documentLimit), place: place)
        } catch {
            note(.unreadable, nil, "\(place): \(error)")
        }
    }

    /// To be called behind the last result.
    package mutating func finish() {
        for hash in expected.sorted() { note(.missing, nil, "no result has the hash \(hash)") }
        expected = []
    }

    /// A chain must end here; for stores, which know their chains' ends.
    package mutating func finish(chain: String, first: Int64, last: Int64, sha256: String) {
        let end = places[chain]
        if let end, end.first != first { note(.missing, chain, "begins at number \(end.first), not at \(first)") }
        guard let end else {
            if first <= last { note(.missing, chain, "numbers \(first)…\(last) are missing") }
            return
        }
        if end.number != last {
            note(.missing, chain, "ends at number \(end.number), but \(last) were stored")
        } else if end.sha256 != sha256 {
            note(.tampered, chain, "number \(last) is not the one that was stored")
        }
    }

    private mutating func note(_ kind: Fault.Kind, _ chain: String?, _ detail: String) {
        faults.append(Fault(kind: kind, chain: chain, detail: detail))
    }

    private mutating func check(_ value: JSONValue, place: String) throws(JSONError) {
        guard case .object(var members) = value, let record = members["record"] else {
            note(.incomplete, nil, "\(place) has no member 'record'")
            return
        }
        guard case .object(var recorded) = record, case .string(let chain)? = recorded["chain"],
            case .number(let numeral)? = recorded["number"], let number = numeral.exactly(Int64.self), number > 0,
            case .string(let previous)? = recorded["previous"], case .string(let sha256)? = recorded["sha256"],
            Self.isHash(previous), Self.isHash(sha256)
        else {
            note(.incomplete, nil, "\(place): 'record' lacks chain, number, previous or sha256")
            return
        }
        let isRemoval = members["schema"] == .string(Self.removalSchema)
        recorded["sha256"] = nil
        members["record"] = .object(recorded)
        if isRemoval {
            removedCount += 1
        } else {
            resultCount += 1
            if ResultChain.hash(.object(members)) != sha256 {
                note(.tampered, chain, "number \(number) is not what was stored")
            }
            checkProvenance(members, chain: chain, number: number)
        }
        expected.remove(sha256)
        link(chain: chain, number: number, previous: previous, sha256: sha256)
    }

    private mutating func link(chain: String, number: Int64, previous: String, sha256: String) {
        guard var before = places[chain] else {
            if number == 1, previous != ResultChain.start {
                note(.tampered, chain, "number 1 names a result before it")
            }
            places[chain] = Place(number: number, sha256: sha256, first: number)
            return
        }
        if number <= before.number {
            note(.reordered, chain, "number \(number) comes behind \(before.number)")
            return
        }
        if number > before.number + 1 {
            let gap = before.number + 2 == number ? "\(number - 1) is" : "\(before.number + 1)…\(number - 1) are"
            note(.missing, chain, "number \(gap) missing")
        } else if previous != before.sha256 {
            note(.tampered, chain, "number \(number) does not follow number \(before.number)")
        }
        before.number = number
        before.sha256 = sha256
        places[chain] = before
    }

    /// Whether the result says what it was made from: hashes of frame and model and, for raw frames, of the ISP profile; for an answer in
    /// tensors, of each input.
    private mutating func checkProvenance(_ members: [String: JSONValue], chain: String, number: Int64) {
        func text(_ object: String, _ key: String) -> String? {
            guard case .object(let members)? = members[object], case .string(let text)? = members[key] else {
                return nil
            }
            return text
        }
        let made = members["inputs"] == nil ? ["frame", "model"] : ["model"]
        var absent = made.filter { object in !(text(object, "sha256").map(Self.isHash) ?? false) }
        if text("frame", "kind") == "raw", !(text("isp", "sha256").map(Self.isHash) ?? false) { absent.append("isp") }
        if case .array(let inputs)? = members["inputs"], !inputs.allSatisfy(Self.hasHashes) { absent.append("inputs") }
        for object in absent { note(.incomplete, chain, "number \(number) has no hash of its \(object)") }
    }

    private static func hasHashes(_ input: JSONValue) -> Bool {
        guard case .object(let members) = input, case .array(let hashes)? = members["sha256"], !hashes.isEmpty else {
            return false
        }
        return hashes.allSatisfy { if case .string(let text) = $0 { isHash(text) } else { false } }
    }

    private static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}
