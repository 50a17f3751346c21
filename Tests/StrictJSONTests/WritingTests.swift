import StrictJSON
import TestSupport
import Testing

@Suite("JSON texts")
struct WritingTests {
    @Test("the canonical text has sorted keys, one spelling of each number and no white space")
    func canonical() throws {
        let text = #"""
            { "b": [1.0, 15e-1, -0.0, 1e21, 1e-7, 18446744073709551615], "a": {"z": null, "É": true, "Z": "\/\u0001\"\\"} }
            """#
        let value = try JSONValue(parsing: Array(text.utf8), byteLimit: 1000)
        #expect(
            value.canonicalText
                == #"{"a":{"Z":"/\u0001\"\\","z":null,"É":true},"b":[1,1.5,0,1e+21,1e-07,18446744073709551615]}"#
        )
    }

    @Test("a double has the text of the whole number that it is, below 2⁵³")
    func wholeDoubles() {
        var random = SplitMix64(seed: 3)
        for bits in 1...53 {
            let whole = Int64.random(in: 0..<(1 << bits), using: &random)
            #expect(JSONNumber(Double(whole)).description == "\(whole)")
            #expect(JSONNumber(-Double(whole) + 0).description == "\(-whole)")
            #expect(JSONNumber(Double(whole)) == JSONNumber(whole))
        }
        #expect(JSONNumber(0x1p53).description == (0x1p53).description.replacing(".0", with: ""))
        #expect(JSONNumber(-0.0).description == "-0")
        #expect(JSONNumber(Double.nan).description == "null")
    }

    @Test("any double reads back the same")
    func roundTrip() throws {
        var random = SplitMix64(seed: 4)
        for _ in 0..<2000 {
            let number = Double(bitPattern: random.next())
            guard number.isFinite else { continue }
            let text = JSONValue.number(number).canonicalText
            guard case .number(let found) = try JSONValue(parsing: Array(text.utf8), byteLimit: 1000) else { continue }
            #expect(found.double == number)
        }
    }

    @Test("an indented text has one member to a line")
    func indented() {
        var writer = JSONWriter(pretty: true)
        writer.object { json in
            json.key("a")
            json.values([1, 2.5] as [Double])
            json.key("b")
            json.value(JSONValue.array([.object([:]), .array([]), .object(["c": .null])]))
        }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == """
                {
                  "a": [1, 2.5],
                  "b": [
                    {},
                    [],
                    {
                      "c": null
                    }
                  ]
                }
                """)
    }

    @Test("what cannot be written is an error, not a crash")
    func unwritable() throws {
        #expect(throws: JSONError.self) { try JSONText.line(["a": Double.nan]) }
        #expect(String(decoding: try JSONText.line(["b": "/", "a": "é"]), as: UTF8.self) == #"{"a":"é","b":"/"}"#)
    }
}
