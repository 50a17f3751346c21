import Testing
import Vision

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("results as JSON")
struct ResultJSONTests {
    static func result(box: [Float] = [1.5, 2, 3.25, 400]) -> FrameResult {
        FrameResult(
            frame: .init(
                sha256: "ab", width: 640, height: 480, orientation: 8, kind: "raw", pixelFormat: "SGRBG10",
                source: "a \"b\"\\\n\u{1}é.dng", sequence: .max, timestamp: 7),
            detections: [
                .init(box: box, normalizedBox: [0.1, 0, 1, 0.5], label: "dog", classID: 16, score: 0.44957)
            ],
            model: .init(
                name: "m", version: "1", sha256: "cd", license: "MIT", task: "detection", precision: "fp32",
                numerics: "exact"),
            isp: .init(profile: "default", sha256: "ef", demosaic: "half", whiteBalanceGains: [1.9, 1, 1.5]),
            options: .init(confidenceThreshold: 0.25, iouThreshold: 0.45, maximumDetections: 100, classes: ["dog"]),
            build: .init(version: "0.1", isa: "avx512"), timings: ["total": 12.5, "decode": 0.125])
    }

    @Test("reads back as it was", arguments: [false, true])
    func roundTrip(pretty: Bool) throws {
        let bytes = Self.result().json(pretty: pretty)
        #expect(try JSONDecoder().decode(FrameResult.self, from: Data(bytes)) == Self.result())
        var classified = Self.result()
        classified.detections = []
        classified.classifications = [.init(label: "tench", classID: 0, score: 1e-9)]
        classified.isp = nil
        classified.options.classes = []
        let other = classified.json(pretty: pretty)
        #expect(try JSONDecoder().decode(FrameResult.self, from: Data(other)) == classified)
    }

    @Test("is one line, keys in the order of the properties, numbers short")
    func compact() {
        let text = String(decoding: Self.result().json(), as: UTF8.self)
        #expect(!text.contains("\n"))
        #expect(
            text.hasPrefix(
                #"{"schema":"fovea.result/1","frame":{"sha256":"ab","width":640,"height":480,"orientation":8,"kind":"raw","#
            ))
        #expect(text.contains(#""source":"a \"b\"\\\n\u0001é.dng","sequence":18446744073709551615,"#))
        #expect(text.contains(#""detections":[{"box":[1.5,2,3.25,400],"normalizedBox":[0.1,0,1,0.5],"#))
        #expect(text.hasSuffix(#""timings":{"decode":0.125,"total":12.5}}"#))
    }

    @Test("writes null for what is not a number")
    func notFinite() throws {
        var result = Self.result(box: [.nan, .infinity, -.infinity, 1])
        result.timings = ["total": .nan]
        let text = String(decoding: result.json(), as: UTF8.self)
        #expect(text.contains(#""box":[null,null,null,1]"#))
        #expect(text.hasSuffix(#""timings":{"total":null}}"#))
    }

    @Test("pretty form is indented by two spaces")
    func pretty() {
        let text = String(decoding: Self.result().json(pretty: true), as: UTF8.self)
        #expect(text.hasPrefix("{\n  \"schema\": \"fovea.result/1\",\n  \"frame\": {\n    \"sha256\": \"ab\",\n"))
        #expect(text.contains("\n      \"box\": [1.5, 2, 3.25, 400],\n"))
        #expect(text.hasSuffix("\n}"))
    }
}
