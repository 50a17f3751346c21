import Aitrios
import Testing

@Suite("Files of results")
struct InferenceUploadTests {
    static let objects = InferenceContent.objects([
        .init(classID: 3, left: 1, top: -2, right: 300, bottom: 200, score: 0.875),
        .init(classID: 0, left: 0, top: 0, right: 0, bottom: 0, score: 0),
    ])
    static let classes = InferenceContent.classes([.init(classID: 7, score: 0.5), .init(classID: 0, score: 0.25)])

    static func upload(_ content: InferenceContent) throws -> InferenceUpload {
        InferenceUpload(
            modelID: "0300009999990100", deviceID: "Aid-1", hasImage: true,
            inferences: [.init(time: try UploadTime("20240229235959987"), content: content)])
    }

    static func read(_ bytes: [UInt8]) throws(AitriosError) -> InferenceUpload {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(AitriosError) in try InferenceUpload(parsing: bytes) }
        }
        return try result.get()
    }

    @Test("are read back as they were written", arguments: [InferenceUpload.Format.flatBuffers, .json])
    func roundTrip(format: InferenceUpload.Format) throws {
        for content in [Self.objects, Self.classes, .objects([])] {
            let upload = try Self.upload(content)
            #expect(try Self.read(upload.json(format)) == upload)
        }
    }

    @Test("are written in the device's order")
    func order() throws {
        let text = String(decoding: try Self.upload(Self.classes).json(.json), as: UTF8.self)
        #expect(
            text == """
                {"ModelID":"0300009999990100","DeviceID":"Aid-1","Image":true,"Inferences":[{"T":"20240229235959987","O":\
                {"perception":{"classification_list":[{"class_id":7,"score":0.5},{"class_id":0,"score":0.25}]}},"F":1}]}
                """)
    }

    @Test("of older devices say nothing of the format")
    func withoutFormat() throws {
        let upload = try Self.upload(Self.objects)
        let text = String(decoding: upload.json(.flatBuffers), as: UTF8.self)
        let old = text.replacing(",\"F\":0", with: "").replacing("\"Image\":true,", with: "\"Extra\":[1],")
        var expected = upload
        expected.hasImage = false
        #expect(try Self.read(Array(old.utf8)) == expected)
    }

    @Test(
        "name the field that cannot be used",
        arguments: [
            ("\"20240229235959987\"", "\"20241329235959987\"", "T"), ("\"F\":0", "\"F\":1", "F"),
            ("\"F\":0", "\"F\":2", "F"), ("\"Inferences\":[", "\"Inferences\":[1,", "Inferences"),
            ("\"DeviceID\":\"Aid-1\",", "", "DeviceID"),
        ])
    func malformed(part: String, replacement: String, field: String) throws {
        let text = String(decoding: try Self.upload(Self.objects).json(.flatBuffers), as: UTF8.self)
        do {
            _ = try Self.read(Array(text.replacing(part, with: replacement).utf8))
            Issue.record("was taken")
        } catch {
            #expect("\(error)".contains(field))
        }
    }

    @Test("cut off anywhere are refused")
    func truncation() throws {
        for format in [InferenceUpload.Format.flatBuffers, .json] {
            let bytes = try Self.upload(Self.objects).json(format)
            for count in 0..<bytes.count {
                #expect(throws: AitriosError.self) { try Self.read(Array(bytes[..<count])) }
            }
        }
        let buffer = Self.objects.flatBuffer
        for count in 0..<buffer.count { _ = try? InferenceContent(flatBuffer: Array(buffer[..<count])) }
    }

    @Test(
        "are named by their time",
        arguments: [
            ("19700101000000000", Int64(0)), ("20000229120000001", 951_825_600_001),
            ("20240229235959987", 1_709_251_199_987),
            ("21001231235959999", 4_133_980_799_999),
        ])
    func time(text: String, milliseconds: Int64) throws {
        #expect(try UploadTime(text).milliseconds == milliseconds)
        #expect(UploadTime(milliseconds: milliseconds).description == text)
        #expect(throws: AitriosError.self) { try UploadTime(text + "0") }
    }
}
