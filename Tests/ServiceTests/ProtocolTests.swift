import Codecs
import HTTPTypes
import Pipeline
import Tensors
import TestSupport
import Testing

/// The Open Inference Protocol over HTTP.
@Suite(.timeLimit(.minutes(2))) struct ProtocolTests {
    private static let twoInputs = """
        {"id":"7","inputs":[{"name":"A","shape":[1,4],"datatype":"FP32","data":[[1,2,3,4.5]]},\
        {"name":"B","shape":[1,4],"datatype":"FP32","data":[10,20,30,-40]}]}
        """

    @Test("JSON tensors go in, flat or nested, and come out in the model's order")
    func json() async throws {
        let fixture = try ProtocolFixture()
        let response = try await fixture.infer("sum", json: Self.twoInputs)
        #expect(response.status == 200)
        #expect(response.headers[.named("Inference-Header-Content-Length")] == nil)
        let answer = try response.parts().json
        #expect(answer["id"]?.string == "7" && answer["model_name"]?.string == "sum")
        #expect(answer["model_version"]?.string == "2")
        guard case .array(let outputs)? = answer["outputs"] else {
            Issue.record("no outputs")
            return
        }
        #expect(outputs.map { $0["name"]?.string } == ["SUM", "DIFFERENCE"])
        #expect(outputs[0]["data"] == .array([.number(11), .number(22), .number(33), .number(-35.5)]))
        #expect(outputs[0]["shape"] == .array([.number(1), .number(4)]))
    }

    @Test("every data type passes through unchanged, as bytes and as JSON", arguments: ProtocolFixture.types)
    func dataTypes(wire: String, type: DataType) async throws {
        let fixture = try ProtocolFixture()
        let width = try #require(type.byteWidth)
        // Small whole numbers in every type: their bytes come from JSON and go to JSON alike.
        let bytes: [UInt8] = type == .bool ? [0, 1, 1] : (0..<3 * width).map { UInt8(truncatingIfNeeded: $0 * 37 + 1) }
        let json =
            "{\"inputs\":[{\"name\":\"IN\",\"shape\":[3,1],\"datatype\":\"\(wire)\","
            + "\"parameters\":{\"binary_data_size\":\(bytes.count)}}],\"parameters\":{\"binary_data_output\":true}}"
        let response = try await fixture.infer("through_\(wire)", json: json, binary: bytes)
        #expect(response.status == 200, "\(response.text)")
        #expect(try response.parts().binary == bytes)

        let numbers = type == .bool ? "[true,false,1]" : "[0,1,117]"
        let text = "{\"inputs\":[{\"name\":\"IN\",\"shape\":[3,1],\"datatype\":\"\(wire)\",\"data\":\(numbers)}]}"
        let asJSON = try await fixture.infer("through_\(wire)", json: text)
        if type == .bfloat16 {
            #expect(asJSON.status == 400)
        } else {
            let expected: JSON =
                type == .bool
                ? .array([.bool(true), .bool(false), .bool(true)]) : .array([.number(0), .number(1), .number(117)])
            guard case .array(let outputs)? = try asJSON.parts().json["outputs"] else {
                Issue.record("no outputs: \(asJSON.text)")
                return
            }
            #expect(outputs[0]["data"] == expected)
            #expect(outputs[0]["datatype"]?.string == wire)
        }
    }

    @Test("64-bit integers keep all their digits in JSON")
    func wideIntegers() async throws {
        let fixture = try ProtocolFixture()
        for (wire, digits) in [
            ("INT64", "-9223372036854775808,9223372036854775807"), ("UINT64", "18446744073709551615,0"),
        ] {
            let json = "{\"inputs\":[{\"name\":\"IN\",\"shape\":[1,2],\"datatype\":\"\(wire)\",\"data\":[\(digits)]}]}"
            #expect(try await fixture.infer("through_\(wire)", json: json).text.contains("\"data\":[\(digits)]"))
        }
    }

    @Test("outputs are chosen, each as JSON or as bytes")
    func chosenOutputs() async throws {
        let fixture = try ProtocolFixture()
        let outputs = """
            ,"outputs":[{"name":"DIFFERENCE","parameters":{"binary_data":true}},{"name":"SUM"}]}
            """
        let response = try await fixture.infer("sum", json: Self.twoInputs.dropLast() + outputs)
        let (json, binary) = try response.parts()
        #expect(response.contentType == "application/octet-stream")
        #expect(binary.count == 16)
        #expect(binary.withUnsafeBytes { $0.loadUnaligned(as: Float.self) } == -9)
        guard case .array(let listed)? = json["outputs"] else {
            Issue.record("no outputs")
            return
        }
        #expect(listed.map { $0["name"]?.string } == ["DIFFERENCE", "SUM"])
        #expect(listed[0]["parameters"]?["binary_data_size"]?.number == 16)
        #expect(listed[1]["data"] != nil)
    }

    @Test("a raw body is the one input, its open extent made to fit")
    func rawBody() async throws {
        let fixture = try ProtocolFixture()
        try ModelFolderBuilder.write(ModelFolderBuilder.convolution, "conv", in: fixture.folder.path)
        try await fixture.pipeline.library.load("conv")
        let headers: HTTPFields = [.named("Inference-Header-Content-Length"): "0"]
        let body = [UInt8](repeating: 0, count: 720)
        let response = try await fixture.client.post("/v2/models/conv/infer", headers: headers, body: body)
        let (json, binary) = try response.parts()
        #expect(binary.count == 1080)
        guard case .array(let outputs)? = json["outputs"] else {
            Issue.record("no outputs: \(response.text)")
            return
        }
        #expect(outputs[0]["shape"] == .array([3, 3, 6, 5].map { .number($0) }))
        let odd = try await fixture.client.post("/v2/models/conv/infer", headers: headers, body: [1, 2, 3])
        #expect(odd.status == 400)
    }

    @Test("bodies may be compressed both ways", arguments: Compression.allCases)
    func compression(coding: Compression) async throws {
        let fixture = try ProtocolFixture()
        let plain = ByteStorage(Array(Self.twoInputs.utf8))
        let packed = try coding.compress(plain.bytes, level: 6)
        let response = try await fixture.client.post(
            "/v2/models/sum/infer",
            headers: [.contentEncoding: coding.rawValue, .acceptEncoding: "\(coding.rawValue), identity;q=0.5"],
            body: Array(packed.bytes))
        #expect(response.status == 200, "\(response.text)")
        #expect(response.headers[.contentEncoding] == coding.rawValue)
        let body = ByteStorage(response.body)
        let unpacked = try coding.decompress(body.bytes, limit: 1 << 20)
        #expect(String(decoding: unpacked.bytes, as: UTF8.self).contains("\"data\":[11,22,33,-35.5]"))
    }

    @Test(
        "what is wrong with a request is said in the member error, with the protocol's status",
        arguments: [
            ("nothing", "{}", 404, "nothing"), ("sum", "{}", 400, "'A'"), ("sum", "[", 400, "JSON"),
            ("sum", "{\"inputs\":[{\"name\":\"X\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}]}", 400, "'X'"),
            ("sum", "{\"inputs\":[{\"name\":\"A\",\"shape\":[1,4],\"datatype\":\"FP99\",\"data\":[1]}]}", 400, "FP99"),
            ("sum", "{\"inputs\":[{\"name\":\"A\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1]}]}", 400, "4"),
            ("sum", "{\"inputs\":[{\"name\":\"A\",\"shape\":[1,4],\"datatype\":\"FP32\"}]}", 400, "'A'"),
            (
                "sum",
                "{\"inputs\":[{\"name\":\"A\",\"shape\":[9223372036854775807,9],\"datatype\":\"FP32\",\"data\":[1]}]}",
                400, "'A'"
            ),
            (
                "sum",
                "{\"inputs\":[{\"name\":\"A\",\"shape\":[1,4000000],\"datatype\":\"FP32\",\"data\":[1]}]}", 400, "'A'"
            ),
            (
                "through_INT8",
                "{\"inputs\":[{\"name\":\"IN\",\"shape\":[1,1],\"datatype\":\"INT8\",\"data\":[128]}]}", 400, "-128…127"
            ),
            (
                "through_INT8",
                "{\"inputs\":[{\"name\":\"IN\",\"shape\":[1,1],\"datatype\":\"INT16\",\"data\":[1]}]}", 400, "int8"
            ),
            (
                "through_FP32",
                "{\"inputs\":[{\"name\":\"IN\",\"shape\":[1,1],\"datatype\":\"BYTES\",\"data\":[\"AAAA\"]}]}", 400,
                "model.json"
            ),
            ("sum", "{\"parameters\":{\"sequence_id\":5}}", 400, "sequence"),
        ] as [(String, String, Int, String)])
    func faults(model: String, json: String, status: Int, word: String) async throws {
        let response = try await ProtocolFixture().infer(model, json: json)
        #expect(response.status == status)
        let error = try #require(try response.object()["error"]?.string)
        #expect(error.contains(word), "\(error)")
    }

    @Test("tensors that the binary part does not hold, and bytes that nobody owns, are refused", arguments: [8, 24])
    func binaryLengths(size: Int) async throws {
        let fixture = try ProtocolFixture()
        let json = """
            {"inputs":[{"name":"IN","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":\(size)}}]}
            """
        #expect(
            try await fixture.infer("through_FP32", json: json, binary: [UInt8](repeating: 0, count: 16)).status == 400)
        var response = try await fixture.client.post(
            "/v2/models/through_FP32/infer", headers: [.named("Inference-Header-Content-Length"): "99999"],
            body: Array(json.utf8))
        #expect(response.status == 400)
        response = try await fixture.infer("through_FP32", json: "{\"inputs\":[]}", binary: [1])
        #expect(response.status == 400)
    }

    @Test("models tell of themselves: metadata, configuration, readiness, statistics")
    func descriptions() async throws {
        let fixture = try ProtocolFixture { $0.versionPolicy = .all }
        let metadata = try await fixture.client.send(path: "/v2/models/sum").object()
        #expect(metadata["versions"] == .array([.string("1"), .string("2")]))
        #expect(metadata["inputs"]?.elements?.first?["shape"] == .array([.number(-1), .number(4)]))
        let config = try await fixture.client.send(path: "/v2/models/sum/versions/1/config").object()
        #expect(config["max_batch_size"]?.number == 8)
        #expect(config["input"]?.elements?.first?["dims"] == .array([.number(4)]))
        #expect(config["version_policy"]?["all"] != nil)
        #expect(try await fixture.client.send(path: "/v2/models/sum/versions/2/ready").status == 200)
        #expect(try await fixture.client.send(path: "/v2/models/sum/versions/3/ready").status == 404)
        _ = try await fixture.infer("sum", json: Self.twoInputs)
        let stats = try await fixture.client.send(path: "/v2/models/sum/versions/2/stats").object()
        let model = try #require(stats["model_stats"]?.elements?.first)
        #expect(model["inference_count"]?.number == 1 && model["execution_count"]?.number == 1)
        #expect(model["inference_stats"]?["success"]?["count"]?.number == 1)
        #expect(model["batch_stats"]?.elements?.first?["batch_size"]?.number == 1)
        let all = try await fixture.client.send(path: "/v2/models/stats").object()
        #expect(all["model_stats"]?.elements?.count == 15)
        let server = try await fixture.client.send(path: "/v2").object()
        #expect(server["extensions"]?.elements?.contains(.string("binary_tensor_data")) == true)
    }

    @Test("a folder's config.pbtxt shows in what the model tells of itself")
    func folderConfiguration() async throws {
        let fixture = try ProtocolFixture()
        let text = """
            max_batch_size: 4 version_policy { specific { versions: [ 1, 2 ] } }
            input { name: "A" dims: [ 4 ] } output { name: "DIFFERENCE" data_type: TYPE_FP32 dims: [ 4 ] }
            dynamic_batching { preferred_batch_size: [ 4 ] max_queue_delay_microseconds: 100 }
            parameters { key: "note" value { string_value: "kept" } }
            """
        try FileWriting.write(Array(text.utf8), to: fixture.folder.path + "/sum/config.pbtxt")
        #expect(try await fixture.client.post("/v2/repository/models/sum/load", body: []).status == 200)
        let config = try await fixture.client.send(path: "/v2/models/sum/config").object()
        #expect(config["max_batch_size"]?.number == 4)
        #expect(config["version_policy"]?["specific"]?["versions"] == .array([.number(1), .number(2)]))
        #expect(config["output"]?.elements?.count == 1)
        #expect(config["dynamic_batching"]?["preferred_batch_size"] == .array([.number(4)]))
        #expect(config["parameters"]?["note"]?["string_value"]?.string == "kept")
        let metadata = try await fixture.client.send(path: "/v2/models/sum").object()
        #expect(metadata["versions"] == .array([.string("1"), .string("2")]))
        #expect(metadata["outputs"]?.elements?.count == 1)
        let answer = try await fixture.infer("sum", json: Self.twoInputs)
        #expect(answer.status == 200)
        #expect(try answer.object()["outputs"]?.elements?.count == 1)
        try FileWriting.write(Array("max_batch: 4".utf8), to: fixture.folder.path + "/sum/config.pbtxt")
        let refused = try await fixture.client.post("/v2/repository/models/sum/load", body: [])
        #expect(refused.status == 400)
        #expect(try refused.object()["error"]?.string?.contains("max_batch") == true)
        #expect(try await fixture.infer("sum", json: Self.twoInputs).status == 200)
    }

    @Test("models are loaded and unloaded where the settings allow it")
    func repository() async throws {
        let fixture = try ProtocolFixture()
        func state(_ name: String) async throws -> String? {
            let response = try await fixture.client.post("/v2/repository/index", body: [])
            let entries = try response.parts().json.elements ?? []
            return entries.first { $0["name"]?.string == name }?["state"]?.string
        }
        #expect(try await state("sum") == "READY")
        #expect(try await fixture.client.post("/v2/repository/models/sum/unload", body: []).status == 200)
        #expect(try await state("sum") == "UNAVAILABLE")
        #expect(try await fixture.infer("sum", json: Self.twoInputs).status == 404)
        #expect(try await fixture.client.post("/v2/repository/models/sum/load", body: []).status == 200)
        #expect(try await fixture.infer("sum", json: Self.twoInputs).status == 200)
        #expect(try await fixture.client.post("/v2/repository/models/x/load", body: []).status == 404)
        let overriding = Array("{\"parameters\":{\"config\":\"{}\"}}".utf8)
        #expect(try await fixture.client.post("/v2/repository/models/sum/load", body: overriding).status == 501)
        let fixed = try ProtocolFixture { $0.modelControl = .none }
        #expect(try await fixed.client.post("/v2/repository/models/sum/unload", body: []).status == 403)
    }

    @Test("a model that cannot be loaded says why, and the one before it stays")
    func brokenReload() async throws {
        let fixture = try ProtocolFixture()
        try FileWriting.write([1, 2, 3], to: fixture.folder.path + "/sum/2/model.onnx")
        let response = try await fixture.client.post("/v2/repository/models/sum/load", body: [])
        #expect(response.status == 400)
        #expect(try response.object()["error"]?.string?.contains("sum") == true)
        #expect(try await fixture.infer("sum", json: Self.twoInputs).status == 200)
    }
}

extension LocalClient {
    fileprivate func send(path: String) async throws -> LocalResponse { try await send(.get, path) }
}

extension JSON {
    var elements: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
}
