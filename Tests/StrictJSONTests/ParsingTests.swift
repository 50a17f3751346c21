import StrictJSON
import TestSupport
import Testing

@Suite("JSON values")
struct ParsingTests {
    private func parse(_ text: String, depthLimit: Int = 64) throws(JSONError) -> JSONValue {
        try JSONValue(parsing: Array(text.utf8), byteLimit: 1 << 20, depthLimit: depthLimit)
    }

    @Test("reads every kind of value")
    func kinds() throws {
        let value = try parse(#" {"a": [null, true, false, -1.5e2, "x\n\u00e9"], "b": {}, "": []} "#)
        let elements: [JSONValue] = [.null, .bool(true), .bool(false), .number(-150), .string("x\né")]
        #expect(value == .object(["a": .array(elements), "b": .object([:]), "": .array([])]))
        #expect(elements.map(\.kind) == [.null, .bool, .bool, .number, .string])
        #expect(try parse("7") == .number(7))
    }

    @Test("holds whole numbers exactly", arguments: [UInt64.max, UInt64(Int64.max) + 1, 9_007_199_254_740_993, 0])
    func wholeNumbers(number: UInt64) throws {
        guard case .number(let found) = try parse("\(number)") else {
            Issue.record("no number")
            return
        }
        #expect(found.exactly(UInt64.self) == number)
        #expect(found.description == "\(number)")
        #expect(found.double == Double(number))
    }

    @Test(
        "refuses what is not JSON",
        arguments: [
            "", " ", "{", "[1,]", "[1 , \n ]", "[,]", #"{"a":1,}"#, #"{"a"}"#, "{a:1}", "'a'", "nul", "01", "1.", ".5",
            "+1", "NaN",
            "Infinity",
            "[1] 2", "[1]]", "]", "\"", "\"\\\"", "\"\u{1}\"", #""\x""#, "/* a */ 1", "1e", "[1 2]",
            "{\"a\":1 \"b\":2}",
        ])
    func malformed(text: String) {
        let error = #expect(throws: JSONError.self) { try parse(text) }
        switch error {
        case .malformed, .schema(.root, .unreadable): break
        default: Issue.record("\(String(describing: error))")
        }
    }

    @Test("refuses text that is not UTF-8, be it another Unicode")
    func encodings() {
        let wide: [[UInt8]] = [
            Array("[1]".utf8).flatMap { [$0, 0] }, Array("[1]".utf8).flatMap { [0, $0] },
            [0xFF, 0xFE, 0x5B, 0, 0x5D, 0], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
        ]
        for bytes in wide {
            #expect(throws: JSONError.malformed(detail: "not text in UTF-8")) {
                try JSONValue(parsing: bytes, byteLimit: 100)
            }
        }
    }

    @Test("checks size and depth first")
    func limits() throws {
        #expect(throws: JSONError.limitExceeded(what: "bytes", limit: 4, value: 5)) {
            try JSONValue(parsing: Array("[   ]".utf8), byteLimit: 4)
        }
        _ = try parse(#"[[{"a":1}],"[[[[{{{{"]"#, depthLimit: 3)
        #expect(throws: JSONError.limitExceeded(what: "depth", limit: 3, value: 4)) {
            try parse(#"[[{"a":[]}]]"#, depthLimit: 3)
        }
        #expect(throws: JSONError.limitExceeded(what: "depth", limit: 64, value: 65)) {
            try parse(String(repeating: "[", count: 100_000))
        }
        _ = try parse(String(repeating: "[", count: 64) + String(repeating: "]", count: 64))
    }

    @Test(
        "refuses a key given twice, however it is spelled, and says where",
        arguments: [
            (#"{"a":1,"a":1}"#, "a"), (#"{"a":1,"b":[0,{"c":{},"d":"}","c":2}]}"#, "b[1].c"),
            (#"{"a":1,"\u0061":1}"#, "a"), (#"{"a\"":1,"a\"":1}"#, "a\""),
            (#"[[],[[],{"é":1,"\u00e9":2}]]"#, "[1][1].é"),
            (#"{"":1,"":1}"#, ""),
        ])
    func duplicates(text: String, path: String) {
        let error = #expect(throws: JSONError.self) { try parse(text) }
        guard case .schema(let found, .duplicateKey) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(found.description == path)
    }

    @Test("takes the same key in different objects, and strings that look like keys")
    func sameKeys() throws {
        _ = try parse(#"{"a":{"a":{"a":["a","a"]}},"b":[{"a":1},{"a":2}],"c":"a","d":"{\"a\":1,\"a\":2}"}"#)
    }

    @Test("names the place of a number that no double can hold", arguments: ["1e400", "-1e400", "1e-400", "01"])
    func unreadableNumber(number: String) {
        let error = #expect(throws: JSONError.self) { try parse("{\"a\":[1,\(number)]}") }
        #expect(error?.description == "a[1]: is a number that cannot be read")
    }

    @Test("survives truncation at every byte and ten thousand random changes")
    func hostile() throws {
        let whole = Array(#"{"a":[1,-2.5e3,"x\u00e9\\\"",{"b":null,"c":[true,false]}],"d":{"e":""}}"#.utf8)
        for count in whole.indices {
            #expect(throws: JSONError.self) { try JSONValue(parsing: Array(whole[..<count]), byteLimit: 1000) }
        }
        var random = SplitMix64(seed: 5)
        for _ in 0..<10_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let value = try? JSONValue(parsing: bytes, byteLimit: 1000) else { continue }
            let again = try JSONValue(parsing: Array(value.canonicalText.utf8), byteLimit: 10_000)
            #expect(again == value)
        }
    }
}
