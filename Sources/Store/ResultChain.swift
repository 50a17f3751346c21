import FoundationEssentials
import StrictJSON
import Tensors

/// A result's place in its sensor's chain: the member `record` of a stored result.
///
/// `sha256` is over the canonical text of the whole result without that one member, and the result holds `previous`: a
/// result that is changed, left out or moved breaks the chain at that place, however the JSON is spelled.
package struct ResultChain: Sendable, Equatable {
    /// Of the result in its store.
    package var id: Int64
    /// Milliseconds since 1970 at which it was stored.
    package var time: Int64
    /// The sensor's name, or `-` for frames that no sensor sent.
    package var name: String
    /// Counts the chain's results from 1.
    package var number: Int64
    /// Hash of the result before; zeros for the first.
    package var previous: String

    package static let noSensor = "-"
    package static let start = String(repeating: "0", count: 64)
    /// Bytes of a result's JSON.
    static let documentLimit = 64 << 20

    package init(id: Int64, time: Int64, name: String, number: Int64, previous: String) {
        self.id = id
        self.time = time
        self.name = name
        self.number = number
        self.previous = previous
    }

    /// The document with the record at its end, and its hash.
    ///
    /// - Throws: ``StoreError/badDocument(detail:)`` for what is not a JSON object.
    package func seal(_ document: [UInt8]) throws(StoreError) -> (document: [UInt8], sha256: String) {
        guard case .object(var members) = try Self.parse(document), document.last == UInt8(ascii: "}") else {
            throw .badDocument(detail: "not a JSON object")
        }
        guard members["record"] == nil else { throw .badDocument(detail: "it has a record already") }
        members["record"] = .object(self.members)
        let sha256 = Self.hash(.object(members))
        var sealed = document.dropLast()
        if !members.isEmpty, members.count > 1 { sealed.append(UInt8(ascii: ",")) }
        var writer = JSONWriter(pretty: false)
        writer.object { json in
            json.key("id")
            json.value("\(id)")
            json.key("time")
            json.value(Self.text(of: time))
            json.key("chain")
            json.value(name)
            json.key("number")
            json.value(UInt64(number))
            json.key("previous")
            json.value(previous)
            json.key("sha256")
            json.value(sha256)
        }
        sealed += Array("\"record\":".utf8) + writer.bytes + [UInt8(ascii: "}")]
        return (Array(sealed), sha256)
    }

    private var members: [String: JSONValue] {
        [
            "id": .string("\(id)"), "time": .string(Self.text(of: time)), "chain": .string(name),
            "number": .number(JSONNumber(number)), "previous": .string(previous),
        ]
    }

    static func hash(_ value: JSONValue) -> String { SHA256.hex(of: Array(value.canonicalText.utf8)) }

    static func parse(_ document: [UInt8]) throws(StoreError) -> JSONValue {
        do { return try JSONValue(parsing: document, byteLimit: documentLimit) } catch {
            throw .badDocument(detail: error.description)
        }
    }

    /// RFC 3339 with milliseconds, UTC.
    package static func text(of milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt))
    }
}
