import Codecs
import HTTPTypes
import Pipeline
import Service
import Tensors
import Testing
import Vision

@Suite struct MultipartTests {
    private static let boundary = "XyZ"

    private static func type(_ boundary: String = boundary) -> HTTPFields {
        [.contentType: "multipart/form-data; boundary=\"\(boundary)\""]
    }

    private static func form(_ parts: [(header: String, content: [UInt8])], boundary: String = boundary) -> [UInt8] {
        var body: [UInt8] = []
        for part in parts {
            body += Array("--\(boundary)\r\nContent-Disposition: form-data; \(part.header)\r\n\r\n".utf8)
            body += part.content + [13, 10]
        }
        return body + Array("--\(boundary)--\r\n".utf8)
    }

    private static func field(_ name: String, _ value: String) -> (header: String, content: [UInt8]) {
        ("name=\"\(name)\"", Array(value.utf8))
    }

    private static let file = (header: "name=\"file\"; filename=\"a.dng\"", content: [1, 2, 3] as [UInt8])

    private func send(
        _ body: [UInt8], analyzer: FakeAnalyzer = FakeAnalyzer(), headers: HTTPFields = type(), query: String = ""
    ) async throws -> LocalResponse {
        try await LocalClient(analyzer).send(.post, "/v1/analyze\(query)", headers: headers, body: body)
    }

    @Test("takes the file, its name, its description and options from a form")
    func whole() async throws {
        let analyzer = FakeAnalyzer()
        let body = Self.form([
            Self.field("confidence", "0.5"), Self.field("output", "png"),
            Self.field("description", #"{"width": 640, "blackLevel": 64}"#),
            ("name=\"file\"; filename=\"C:\\photos\\a b.dng\"\r\nContent-Type: image/x-adobe-dng", [9, 8, 7]),
        ])
        let response = try await send(body, analyzer: analyzer)
        #expect(response.status == 200 && response.contentType == "image/png")
        let call = try #require(analyzer.calls.first)
        #expect(Array(call.input.bytes.bytes) == [9, 8, 7])
        #expect(call.input.contentType == "image/x-adobe-dng" && call.input.source == "a b.dng")
        #expect(call.input.description.width == 640 && call.input.description.blackLevel == [64])
        #expect(call.options.confidenceThreshold == 0.5)
    }

    @Test(
        "takes a file under any name that has a file name, or as image",
        arguments: ["name=photo; filename=x", "name=image", "name=\"file\""])
    func fileNames(header: String) async throws {
        #expect(try await send(Self.form([(header, [1])])).status == 200)
    }

    @Test(
        "never takes bytes of a file for a boundary",
        arguments: ["--XyZ", "\r\n--XyZz", "\r\n--XyZ-", "\r\n--XyZ \tz\r\n", "\r\n--Xy", "\r\n", "\r\n--XyZ\n"])
    func lookalikes(content: String) async throws {
        let analyzer = FakeAnalyzer()
        let bytes = Array("a\(content)b".utf8)
        let response = try await send(Self.form([("name=file; filename=f", bytes)]), analyzer: analyzer)
        #expect(response.status == 200)
        #expect(try Array(#require(analyzer.calls.first).input.bytes.bytes) == bytes)
    }

    @Test("reads past a preamble and an epilogue, blanks after boundaries, and parts without content")
    func leniency() async throws {
        let analyzer = FakeAnalyzer()
        let body =
            "preamble\r\n--XyZ \t\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\nabc\r\n"
            + "--XyZ\r\nContent-Disposition: form-data; name=description\r\n\r\n{}\r\n--XyZ--epilogue\r\n--XyZ"
        #expect(try await send(Array(body.utf8), analyzer: analyzer).status == 200)
        #expect(try Array(#require(analyzer.calls.first).input.bytes.bytes) == Array("abc".utf8))
    }

    @Test("refuses a form that ends anywhere before its end")
    func truncated() async throws {
        let body = Self.form([Self.field("iou", "0.5"), Self.file])
        // Two hyphens end the form; the line break after them is no part of it.
        for length in 1..<(body.count - 2) {
            let response = try await send(Array(body[..<length]))
            #expect(response.status == 400, "cut after \(length) bytes")
        }
        #expect(try await send(Array(body[..<(body.count - 2)])).status == 200)
    }

    @Test(
        "says what is wrong with a form",
        arguments: [
            ([field("iou", "0.5")], "no file"), ([file, file], "more than one file"),
            ([("name=file; filename=f", [])], "empty"), ([field("threshold", "1"), file], "no such option"),
            ([("filename=f", [1])], "name"), ([field("description", "{"), file], "JSON"),
            ([field("description", #"{"widht": 1}"#), file], "widht"),
            ([("name=\"file; filename=f", [1])], "quote"), ([("name=a; name=b", [1])], "twice"),
            ([("name=file; filename=f\r\nContent-Transfer-Encoding: base64", [1])], "base64"),
            ([("name=file; filename=f\r\nnonsense", [1])], "colon"),
        ] as [([(header: String, content: [UInt8])], String)])
    func faults(parts: [(header: String, content: [UInt8])], word: String) async throws {
        let response = try await send(Self.form(parts))
        #expect(response.status == 400)
        #expect(try #require(response.object()["detail"]?.string).contains(word))
    }

    @Test("refuses an option in both query and form")
    func twice() async throws {
        let response = try await send(Self.form([Self.field("iou", "0.5"), Self.file]), query: "?iou=0.4")
        #expect(response.status == 400)
    }

    @Test("limits parts, part headers and fields")
    func limits() async throws {
        let many = Self.form(Array(repeating: Self.file, count: 65))
        #expect(try await send(many).status == 413)
        let longHeader = Self.form([("name=file; filename=\"\(String(repeating: "x", count: 9000))\"", [1])])
        #expect(try await send(longHeader).status == 413)
        let longField = Self.form([Self.field("model", String(repeating: "x", count: 70_000)), Self.file])
        #expect(try await send(longField).status == 413)
    }

    @Test("refuses a boundary that cannot be one", arguments: ["", String(repeating: "b", count: 71)])
    func badBoundary(boundary: String) async throws {
        let response = try await send(Self.form([Self.file], boundary: boundary), headers: Self.type(boundary))
        #expect(response.status == 400)
        #expect(try await send(Self.form([Self.file]), headers: [.contentType: "multipart/form-data"]).status == 400)
    }
}
