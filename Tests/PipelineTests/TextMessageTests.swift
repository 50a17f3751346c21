import Pipeline
import Testing

/// The text form of Protocol Buffers, in which `config.pbtxt` is written.
@Suite struct TextMessageTests {
    private func parse(_ text: String) throws -> TextMessage { try TextMessage(parsing: Array(text.utf8)) }

    private func word(_ name: String, _ value: String, line: Int = 1) -> TextMessage.Field {
        .init(name: name, value: .word(value), line: line)
    }

    @Test(
        "fields stand with any separator, messages with or without a colon, in braces or angles",
        arguments: [
            "a: 1 b { c: X d: \"t\" }", "a:1,b:{c:X;d:'t'},", "a: 1 # one\nb < c: X, d: \"\" \"t\" >",
            "a: 1; b: [ { c: X d: \"\\x74\" } ]", "a:1 b [<c:X d:\"\\164\">]", "a:[1] b{c:X d:\"t\"}",
        ])
    func forms(_ text: String) throws {
        let message = try parse(text)
        #expect(message.fields.map(\.name) == ["a", "b"])
        #expect(message.fields[0].value == .word("1"))
        guard case .message(let inner) = message.fields[1].value else {
            Issue.record("b is no message")
            return
        }
        #expect(inner.fields.map(\.value) == [.word("X"), .text("t")])
    }

    @Test("a list gives a field for each element, an empty one none")
    func lists() throws {
        #expect(
            try parse("n: [ 4, -1,\n 0x10 ] m: []").fields
                == [word("n", "4"), word("n", "-1"), word("n", "0x10")])
    }

    @Test("lines are counted over comments and strings")
    func lines() throws {
        #expect(try parse("# a\n\nx: 1\ns: \"a\" # b\n  'c'\ny: 2").fields.map(\.line) == [3, 4, 6])
    }

    @Test("escapes are the bytes that they stand for")
    func escapes() throws {
        #expect(
            try parse(#"s: "\n\t\\\"\'\303\251\xc3\xA9?""#).fields.first?.value == .text("\n\t\\\"'éé?"))
    }

    @Test(
        "what is not a message is refused with its line",
        arguments: [
            "a", "a:", "a 1", ": 1", "1: 2", "a: {", "a: }", "a { b: 1", "a: [1", "a: [1 2]", "a: [,]", "a: \"x",
            "a: 'x\"",
            "a: \"x\ny\"", "a: \"\\q\"", "a: \"\\xg\"", "a: \"\\777\"", "a: \"\\", "a: \"\\xff\"", "[a.b]: 1", "a: 1 ]",
            "a: < b: 1 }", "é: 1", "a: \u{0}",
        ])
    func malformed(_ text: String) throws {
        #expect(throws: TextMessageError.self) { try parse("\n" + text) }
        do { _ = try parse("\n" + text) } catch let error as TextMessageError {
            guard case .malformed(let line, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(line >= 2)
        }
    }

    @Test("every beginning of a configuration is read or refused, never a crash")
    func truncation() throws {
        let text = Array(
            #"""
            name: "x" max_batch_size: 8
            input [ { name: "a", data_type: TYPE_FP32 dims: [ 3, -1 ] } ] # in
            dynamic_batching { preferred_batch_size: [2, 4] } parameters: < key: 'k\n' value { string_value: "é" } >
            """#.utf8)
        for count in 0...text.count { _ = try? TextMessage(parsing: Array(text[..<count])) }
        #expect(try TextMessage(parsing: text).fields.count == 5)
    }

    @Test("limits hold: bytes, fields, and messages in one another")
    func limits() {
        func limit(_ text: String) -> String? {
            do { _ = try parse(text) } catch let error as TextMessageError {
                if case .limitExceeded(let what, _, _) = error { return what }
            } catch {}
            return nil
        }
        #expect(limit(String(repeating: " ", count: TextMessage.byteLimit + 1)) == "bytes")
        #expect(limit(String(repeating: "a:1 ", count: TextMessage.fieldLimit + 1)) == "fields")
        let depth = TextMessage.depthLimit
        let nested = { (count: Int) in
            String(repeating: "a{", count: count) + String(repeating: "}", count: count)
        }
        #expect(limit(nested(depth - 1)) == nil)
        #expect(limit(nested(depth)) == "messages in one another")
        #expect(limit(String(repeating: "a{", count: 100_000)) == "messages in one another")
    }
}
