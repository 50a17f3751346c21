import Foundation
import ISP
import Imaging
import TestSupport
import Testing

@Suite("ISP profiles")
struct ISPProfileTests {
    private func profile(_ json: String) throws(ISPError) -> ISPProfile { try ISPProfile(json: Array(json.utf8)) }

    @Test("the standard profile's hash stays")
    func goldenHash() {
        #expect(
            ISPProfile.standard.canonicalJSON
                == #"{"color":"auto","demosaic":"mhc","domain":"squareRoot","name":"standard","schema":"fovea.isp/1","tone":"srgb","whiteBalance":"asShot"}"#
        )
        #expect(ISPProfile.standard.sha256 == "ceb33775a6c840c2767403f8bd8db6ceb921c82dc576fe712b90c8d606c804d0")
    }

    @Test("key order, white space, number spelling and defaults left out do not change the hash")
    func stableHash() throws {
        let spelled = try profile(
            #"""
            { "whiteBalance": {"gains": [2.0, 1, 15e-1]}, "tone": {"curve": [0, 0.5, 1.0]}, "name": "a",
              "blackLevel": 64, "schema": "fovea.isp/1", "demosaic": "mhc" }
            """#)
        let short = try profile(
            #"{"schema":"fovea.isp/1","name":"a","blackLevel":[64,64,64,64.0],"tone":{"curve":[0,5e-1,1]},"whiteBalance":{"gains":[2,1,1.5]}}"#
        )
        #expect(spelled == short)
        #expect(spelled.sha256 == short.sha256)
        #expect(spelled.canonicalJSON.contains(#""whiteBalance":{"gains":[2,1,1.5]}"#))
        #expect(spelled.sha256 != ISPProfile(name: "a").sha256)
    }

    @Test("the published schema is the program's, and knows every key that is read")
    func schema() throws {
        let published = try String(contentsOfFile: Repository.root + "/docs/isp-profile.schema.json", encoding: .utf8)
        #expect(published == ISPProfile.jsonSchemaText, "make it anew with `fovea develop --profile-schema`")
        let schema = try JSONSerialization.jsonObject(with: Data(published.utf8)) as? [String: Any]
        let properties = try #require(schema?["properties"] as? [String: Any])
        // What the schema knows is read or named as wrong, and never unknown.
        for key in properties.keys where key != "schema" && key != "name" {
            do {
                _ = try profile(#"{"schema":"fovea.isp/1","name":"a",""# + key + #"":[]}"#)
                Issue.record("accepted an empty list for \(key)")
            } catch .profile(let found, let detail) {
                #expect(found.hasPrefix(key) && !detail.contains("unknown"), "\(found): \(detail)")
            } catch {
                Issue.record("\(error)")
            }
        }
        #expect(properties.count == 18)
    }

    @Test("the canonical text reads back to the same profile")
    func roundTrip() throws {
        let profile = ISPProfile(
            name: "night-2", whiteBalance: .gains(SIMD3(1.949, 1, 1.344)), demosaic: .bilinear, domain: .linear,
            blackLevel: [600, 600.25, 599, 0],
            color: .matrix(ColorMatrix([1.6, -0.4, -0.2, 0, 1, 0, 1e-7, -0.1, 1.1])),
            tone: .points([0, 0.1, 1]))
        let again = try self.profile(profile.canonicalJSON)
        #expect(again == profile)
        #expect(again.canonicalJSON == profile.canonicalJSON)
    }

    @Test("settings of noise, defects and look read back, and stages that change nothing leave no trace")
    func stages() throws {
        let json =
            #"{"color":"auto","defects":{"pixels":[[3,4],[5,6]],"threshold":5},"demosaic":"mhc","denoise":1.5,"domain":"squareRoot","greenBalance":{"ratio":1.02},"name":"a","noise":{"gain":0.47,"readNoise":1.2},"saturation":1.25,"schema":"fovea.isp/1","sharpening":{"amount":0.5,"limit":0.1,"threshold":0.004},"tone":{"filmic":4},"whiteBalance":{"temperature":4500}}"#
        let profile = try profile(json)
        #expect(profile.canonicalJSON == json)
        #expect(profile.defects.sites == [.init(column: 3, row: 4), .init(column: 5, row: 6)])
        #expect(profile.sharpening == Sharpening(amount: 0.5, threshold: 0.004, limit: 0.1))
        let idle = try self.profile(
            #"{"schema":"fovea.isp/1","name":"standard","denoise":0,"defects":{},"greenBalance":"none","saturation":1,"sharpening":{"amount":0,"limit":0.5}}"#
        )
        #expect(idle.sha256 == ISPProfile.standard.sha256)
        for name in [#""colorTemperature""#, #"{"temperature":2800}"#] {
            let text = #"{"schema":"fovea.isp/1","name":"a","whiteBalance":"# + name + "}"
            #expect(try self.profile(text).canonicalJSON.contains(#""whiteBalance":"# + name))
        }
    }

    @Test(
        "names the key at fault",
        arguments: [
            ("file", "[]"), ("file", "{"), ("file", ""),
            ("schema", #"{"name":"a"}"#),
            ("schema", #"{"schema":"fovea.isp/2","name":"a"}"#),
            ("name", #"{"schema":"fovea.isp/1"}"#),
            ("name", #"{"schema":"fovea.isp/1","name":"a b"}"#),
            ("name", #"{"schema":"fovea.isp/1","name":""}"#),
            ("sharpen", #"{"schema":"fovea.isp/1","name":"a","sharpen":1}"#),
            ("demosaic", #"{"schema":"fovea.isp/1","name":"a","demosaic":"vng"}"#),
            ("domain", #"{"schema":"fovea.isp/1","name":"a","domain":2}"#),
            ("whiteBalance", #"{"schema":"fovea.isp/1","name":"a","whiteBalance":"sunny"}"#),
            ("whiteBalance.gains", #"{"schema":"fovea.isp/1","name":"a","whiteBalance":{"gains":[1,2]}}"#),
            ("whiteBalance.gains[1]", #"{"schema":"fovea.isp/1","name":"a","whiteBalance":{"gains":[1,true,2]}}"#),
            ("whiteBalance.gains[2]", #"{"schema":"fovea.isp/1","name":"a","whiteBalance":{"gains":[1,1,0]}}"#),
            (
                "whiteBalance.kelvin",
                #"{"schema":"fovea.isp/1","name":"a","whiteBalance":{"gains":[1,1,1],"kelvin":5}}"#
            ),
            ("blackLevel[0]", #"{"schema":"fovea.isp/1","name":"a","blackLevel":-1}"#),
            ("blackLevel", #"{"schema":"fovea.isp/1","name":"a","blackLevel":[1,2,3]}"#),
            ("color", #"{"schema":"fovea.isp/1","name":"a","color":"vivid"}"#),
            ("color.matrix[8]", #"{"schema":"fovea.isp/1","name":"a","color":{"matrix":[1,0,0,0,1,0,0,0,99]}}"#),
            ("tone", #"{"schema":"fovea.isp/1","name":"a","tone":null}"#),
            ("tone.curve[1]", #"{"schema":"fovea.isp/1","name":"a","tone":{"curve":[0.5,0.4,1]}}"#),
            ("tone.curve", #"{"schema":"fovea.isp/1","name":"a","tone":{"curve":[1]}}"#),
            ("tone.filmic", #"{"schema":"fovea.isp/1","name":"a","tone":{"filmic":0}}"#),
            ("noise.gain", #"{"schema":"fovea.isp/1","name":"a","noise":{"gain":0,"readNoise":1}}"#),
            ("noise.readNoise", #"{"schema":"fovea.isp/1","name":"a","noise":{"gain":1}}"#),
            ("defects.threshold", #"{"schema":"fovea.isp/1","name":"a","defects":{"threshold":-1}}"#),
            ("defects.pixels[1]", #"{"schema":"fovea.isp/1","name":"a","defects":{"pixels":[[0,0],[1]]}}"#),
            ("defects.pixels[0][1]", #"{"schema":"fovea.isp/1","name":"a","defects":{"pixels":[[0,70000]]}}"#),
            ("denoise", #"{"schema":"fovea.isp/1","name":"a","denoise":3.5}"#),
            ("greenBalance", #"{"schema":"fovea.isp/1","name":"a","greenBalance":1}"#),
            ("greenBalance.ratio", #"{"schema":"fovea.isp/1","name":"a","greenBalance":{"ratio":3}}"#),
            ("saturation", #"{"schema":"fovea.isp/1","name":"a","saturation":-0.1}"#),
            ("sharpening.amount", #"{"schema":"fovea.isp/1","name":"a","sharpening":{"limit":0.1}}"#),
            ("sharpening.limit", #"{"schema":"fovea.isp/1","name":"a","sharpening":{"amount":1,"limit":2}}"#),
            ("whiteBalance.temperature", #"{"schema":"fovea.isp/1","name":"a","whiteBalance":{"temperature":10}}"#),
        ])
    func errors(key: String, json: String) {
        do {
            _ = try profile(json)
            Issue.record("accepted \(json)")
        } catch .profile(let found, _) {
            #expect(found == key)
        } catch {
            Issue.record("\(error)")
        }
    }
}
