import Aitrios
import StrictJSON
import Testing

@Suite("What consoles ask of devices")
struct DeviceRequestTests {
    private func command(_ text: String) throws -> DeviceRequest.Command {
        try DeviceRequest.command(Array(text.utf8), id: "17")
    }

    @Test("EVP1 starts an upload")
    func start() throws {
        let found = try command(
            """
            {"method":"ModuleMethodCall","params":{"moduleMethod":"StartUploadInferenceData","moduleInstance":"backdoor-EA_Main",
            "params":{"Mode":1,"UploadMethod":"HttpStorage","StorageName":"http://10.0.0.1:9000/","StorageSubDirectoryPath":"/images",
            "UploadMethodIR":"HttpStorage","StorageNameIR":"http://10.0.0.1:9000","StorageSubDirectoryPathIR":"inferences",
            "CropHOffset":8,"CropVOffset":0,"CropHSize":4056,"CropVSize":3040,"UploadInterval":30}}}
            """)
        #expect(found.id == "17" && found.wire == .evp1 && found.instance == "backdoor-EA_Main")
        guard case .start(let settings) = found.request else { throw Unexpected() }
        #expect(settings.images?.url("a.jpg") == "http://10.0.0.1:9000/images/a.jpg")
        #expect(settings.results?.url("a.txt") == "http://10.0.0.1:9000/inferences/a.txt")
        #expect(settings.interval == 30 && settings.crop == .init(left: 8, top: 0, width: 4056, height: 3040))
    }

    private struct Unexpected: Error {}

    @Test("EVP2 wraps a command's arguments in a string")
    func directImage() throws {
        let found = try command(
            """
            {"method":"ModuleMethodCall","params":{"direct-command-request":{"reqid":"99","method":"direct_get_image",
            "instance":"$system","params":"{\\"sensor_name\\":\\"sensor_chip\\",\\"crop_h_size\\":100,\\"crop_v_size\\":50}"}}}
            """)
        #expect(found.id == "99" && found.wire == .evp2)
        #expect(found.request == .directImage(crop: .init(left: 0, top: 0, width: 100, height: 50)))
        #expect(
            try command(
                #"{"params":{"direct-command-request":{"method":"$agent/set","instance":"node","params":""}}}"#
            ).request == .unknown(method: "$agent/set"))
    }

    @Test("configure the application, in JSON, in a string, and in base64")
    func configuration() throws {
        let properties = """
            {"req_info":{"req_id":"r1"},"common_settings":{"process_state":2,"number_of_inference_per_message":4,\
            "port_settings":{"metadata":{"method":2,"enabled":true,"endpoint":"http://h","path":"inferences"},\
            "input_tensor":{"method":2,"enabled":false}},"codec_settings":{"format":2},\
            "pq_settings":{"image_cropping":{"left":4,"top":6,"width":10,"height":20}}},\
            "custom_settings":{"metadata_settings":{"format":1}}}
            """
        let texts = [properties, JSONValue.string(properties).canonicalText, "\"\(Self.base64(properties))\""]
        for text in texts {
            let requests = try DeviceRequest.attributes(Array("{\"configuration/node/edge_app\":\(text)}".utf8))
            guard case .configureApp(let topic, let found)? = requests.first else { throw Unexpected() }
            #expect(topic == "node/edge_app" && found.requestID == "r1" && found.processState == .running)
            #expect(found.uploads.images == nil && found.uploads.results?.url("x") == "http://h/inferences/x")
            #expect(found.uploads.resultsPerUpload == 4 && found.uploads.codec == .bmp && found.uploads.format == .json)
            #expect(found.uploads.crop == .init(left: 4, top: 6, width: 10, height: 20))
        }
    }

    private static func base64(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let bytes = Array(text.utf8)
        return stride(from: 0, to: bytes.count, by: 3).map { start in
            let group = (0..<3).reduce(0) { $0 << 8 | (start + $1 < bytes.count ? Int(bytes[start + $1]) : 0) }
            let letters = (0..<4).map { String(alphabet[group >> (18 - 6 * $0) & 63]) }
            let count = min(3, bytes.count - start)
            return letters[...count].joined() + String(repeating: "=", count: 3 - count)
        }.joined()
    }

    @Test("that cannot be taken come back under their number")
    func badConfiguration() throws {
        let text =
            #"{"configuration/node/edge_app":{"req_info":{"req_id":"r2"},"common_settings":{"process_state":9}}}"#
        let requests = try DeviceRequest.attributes(Array(text.utf8))
        guard case .badConfiguration("node/edge_app", "r2", let detail)? = requests.first else { throw Unexpected() }
        #expect(detail.contains("common_settings.process_state"))
    }

    @Test("deploy modules, as an object or in a string")
    func deployment() throws {
        let deployment = """
            {"deploymentId":"d1","modules":{"m1":{"downloadUrl":"http://h/m.wasm","hash":"AB"}},\
            "instanceSpecs":{"node":{"moduleId":"m1"}}}
            """
        for text in [deployment, JSONValue.string(deployment).canonicalText] {
            let requests = try DeviceRequest.attributes(Array("{\"deployment\":\(text)}".utf8))
            guard case .deploy(let found)? = requests.first else { throw Unexpected() }
            #expect(found.id == "d1" && found.instances.map(\.id) == ["node"] && found.instances[0].moduleID == "m1")
            #expect(found.modules.map(\.id) == ["m1"] && found.modules[0].hash == "ab")
            #expect(found.modules[0].downloadURL == "http://h/m.wasm")
        }
        let broken = deployment.replacing("\"moduleId\":\"m1\"", with: "\"moduleId\":\"m2\"")
        #expect(throws: AitriosError.self) { try DeviceRequest.attributes(Array("{\"deployment\":\(broken)}".utf8)) }
    }

    @Test("a device's own report asks nothing of it")
    func ownReport() throws {
        var report = DeviceReport(
            wire: .evp2, deviceID: "d", version: "1", sensorName: "imx500", temperature: 35, modelName: "m",
            modelHash: "ab")
        report.appStates["node/edge_app"] = ["common_settings": .object([:])]
        for wire in OnWireProtocol.allCases {
            report.wire = wire
            #expect(try DeviceRequest.attributes(report.systemInfo).isEmpty)
            #expect(try DeviceRequest.attributes(report.status).isEmpty)
        }
    }

    @Test(
        "in no known form are refused, never followed", arguments: ["", "[]", "{", "{\"params\":3}", "{\"params\":{}}"])
    func malformed(text: String) {
        #expect(throws: AitriosError.self) { try DeviceRequest.command(Array(text.utf8), id: "1") }
    }
}
