import StrictJSON
import Testing

@Suite("JSON objects read by a schema")
struct ObjectTests {
    enum Key: String, CaseIterable { case name, count, share, list, kind, inner }
    enum Inner: String, CaseIterable { case flag }
    enum Kind: String, CaseIterable { case large, small }

    private func object(_ text: String) throws -> JSONObject<Key> {
        try JSONObject(JSONValue(parsing: Array(text.utf8), byteLimit: 1000))
    }

    private func fault(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch { return "\(error)" }
    }

    @Test("gives members as what the schema says")
    func reading() throws {
        var fields = try object(
            #"{"name":"é","count":4.0e1,"share":0.5,"list":[1,2,3],"kind":"small","inner":{"flag":null}}"#)
        #expect(try fields.string(.name, bytes: 2...2) == "é")
        #expect(try fields.integer(.count, in: 1...40) == UInt8(40))
        #expect(try fields.number(.share, in: 0...1) == 0.5)
        #expect(try fields.integers(.list, count: 1...3, in: 0...9) == [1, 2, 3])
        #expect(try fields.oneOf(.kind) == Kind.small)
        let inner = try fields.object(.inner, keys: Inner.self)
        #expect(inner.has(.flag) && !inner.hasValue(.flag))
        try fields.finish()
        #expect(fault { try inner.finish() } == "inner.flag: unknown key")
    }

    @Test("names the member at fault and what would be right")
    func faults() throws {
        let text = #"{"name":7,"count":1.5,"share":2,"list":[1,"2"],"kind":"huge"}"#
        #expect(
            fault {
                var fields = try object(text)
                _ = try fields.string(.name)
            } == "name: expected a string, found a number")
        #expect(
            fault {
                var fields = try object(text)
                let _: Int = try fields.integer(.count)
            }
                == "count: expected an integer, found 1.5")
        #expect(
            fault {
                var fields = try object(text)
                _ = try fields.number(.share, in: 0...1)
            }
                == "share: 2.0 is outside 0.0…1.0")
        #expect(
            fault {
                var fields = try object(text)
                _ = try fields.numbers(.list, count: 2)
            }
                == "list[1]: expected a number, found a string")
        #expect(
            fault {
                var fields = try object(text)
                _ = try fields.numbers(.list, count: 3)
            }
                == "list: expected 3 elements, found 2")
        #expect(
            fault {
                var fields = try object(text)
                _ = try fields.oneOf(.kind, as: Kind.self)
            }
                == "kind: 'huge' is none of: large, small")
        #expect(
            fault {
                var fields = try object(text)
                _ = try fields.object(.inner, keys: Inner.self)
            } == "inner: missing")
    }

    @Test("refuses an unknown key before a missing one, and tells the known ones")
    func unknownKeys() {
        #expect(
            fault { _ = try object(#"{"nmae":"a"}"#) }
                == "nmae: unknown key; there are: name, count, share, list, kind, inner")
        #expect(
            fault {
                var fields = try object(#"{"inner":{"flagg":1}}"#)
                _ = try fields.object(.inner, keys: Inner.self)
            } == "inner.flagg: unknown key; there is: flag")
        #expect(fault { _ = try object("[]") } == "expected an object, found an array")
    }

    @Test("tells integers that do not fit from those out of the schema's range")
    func integerRanges() {
        func count<Integer: FixedWidthInteger>(_ number: String, as _: Integer.Type, in range: ClosedRange<Integer>)
            -> String?
        {
            fault {
                var fields = try object("{\"count\":\(number)}")
                _ = try fields.integer(.count, in: range)
            }
        }
        #expect(count("18446744073709551615", as: UInt64.self, in: 0...UInt64.max) == nil)
        #expect(count("18446744073709551616", as: UInt64.self, in: 0...UInt64.max) != nil)
        #expect(count("-1", as: UInt64.self, in: 0...UInt64.max) != nil)
        #expect(count("1e300", as: Int.self, in: Int.min...Int.max) == "count: expected an integer, found 1e+300")
        #expect(count("0", as: Int.self, in: 1...8) == "count: 0 is outside 1…8")
        #expect(count("1", as: Int.self, in: 0...0) == "count: 1 is outside 0")
    }
}
