import FoundationEssentials
import HTTPTypes
import Service
import Testing

@Suite struct OperationsTests {
    @Test(
        "answers probes with JSON",
        arguments: [
            ("/v2/health/live", "live"), ("/livez", "live"), ("/healthz", "live"), ("/v2/health/ready", "ready"),
            ("/readyz", "ready"),
        ])
    func probes(path: String, member: String) async throws {
        let response = try await LocalClient().send(.get, path)
        #expect(response.status == 200)
        #expect(try response.object() == [member: .bool(true)])
    }

    @Test("is not ready without a model")
    func notReady() async throws {
        let response = try await LocalClient(FakeAnalyzer(models: [])).send(.get, "/readyz")
        #expect(response.status == 503)
        #expect(try response.object() == ["ready": .bool(false)])
    }

    @Test("lists models as KServe does, with details")
    func models() async throws {
        let client = try LocalClient()
        let list = try await client.send(.get, "/v1/models").object()
        #expect(list["models"] == .array([.string("sample model")]))
        let one = try await client.send(.get, "/v1/models/sample%20model").object()
        #expect(one["name"]?.string == "sample model" && one["ready"] == .bool(true))
        #expect(try await client.send(.get, "/v1/models/other").status == 404)
    }

    @Test("tells its limits")
    func server() async throws {
        let server = try await LocalClient().send(.get, "/v2").object()
        #expect(server["name"]?.string == "fovea" && server["version"]?.string == "1.2.3")
        let limits = server["limits"]
        #expect(limits?["bodyBytes"]?.number == 256 << 20 && limits?["decompressedBytes"]?.number == 256 << 20)
        #expect(limits?["headerFields"]?.number == 256 && limits?["multipartParts"]?.number == 64)
        #expect(limits?["fetchesUrls"] == .bool(false))
        let real = try await ProtocolFixture().client.send(.get, "/v2").object()
        #expect(real["limits"]?["pixels"]?.number == 64 << 20 && real["limits"]?["pictureExtent"]?.number == 32_768)
    }

    @Test("Triton's names of metrics are there when they are asked for")
    func tritonMetrics() async throws {
        let fixture = try ProtocolFixture()
        var configuration = ServiceConfiguration()
        #expect(try await !LocalClient(fixture.pipeline).send(.get, "/metrics").text.contains("nv_"))
        configuration.operations.tritonMetrics = true
        let client = try LocalClient(fixture.pipeline, configuration: configuration)
        let body = #"{"inputs":[{"name":"IN","shape":[3,2],"datatype":"FP32","data":[1,2,3,4,5,6]}]}"#
        #expect(try await client.post("/v2/models/through_FP32/infer", body: Array(body.utf8)).status == 200)
        let text = try await client.send(.get, "/metrics").text
        let labels = #"{model="through_FP32",version="1"}"#
        #expect(text.contains("nv_inference_request_success\(labels) 1\n"))
        #expect(text.contains("nv_inference_count\(labels) 3\n"))
        #expect(text.contains("# TYPE nv_inference_queue_duration_us counter\n"))
    }

    @Test("settings of traces that cannot be used are refused")
    func traceSettings() throws {
        for (collector, ratio) in [("collector:4318", 1.0), ("http://127.0.0.1:4318", 1.5), ("file:///x", 0.5)] {
            var configuration = ServiceConfiguration()
            configuration.operations.traceCollector = collector
            configuration.operations.traceRatio = ratio
            #expect(throws: ConfigurationError.self) { try configuration.validate() }
        }
    }

    @Test("describes exactly the addresses there are")
    func openAPI() async throws {
        let client = try LocalClient()
        let document = try await client.send(.get, "/openapi.json").object()
        guard case .object(let paths)? = document["paths"] else {
            Issue.record("no paths")
            return
        }
        for (path, item) in paths {
            let concrete = path.replacing("{id}", with: "none").replacing("{model}", with: "none")
            let allow = try await client.send(.options, concrete).headers[.allow] ?? ""
            for method in ["get", "post"] {
                let isServed = allow.split(separator: ", ").contains(method.uppercased()[...])
                #expect((item[method] != nil) == isServed, "\(method) \(path)")
            }
        }
        let page = try await client.send(.get, "/")
        #expect(page.status == 200 && page.contentType.hasPrefix("text/html"))
        for path in paths.keys where path.hasPrefix("/v1") {
            #expect(page.text.contains(path.split(separator: "/").last.map(String.init) ?? path) || path.contains("{"))
        }
    }

    @Test("writes metrics that add up")
    func metrics() async throws {
        let client = try LocalClient()
        for _ in 0..<3 { _ = try await client.post("/v1/analyze") }
        _ = try await client.post("/v1/analyze", body: [])
        _ = try await client.post("/v1/sensors/cam-1/frames")
        let response = try await client.send(.get, "/metrics")
        #expect(response.contentType == "text/plain; version=0.0.4; charset=utf-8")
        let lines = response.text.split(separator: "\n").map(String.init)
        for expected in [
            #"fovea_build_info{version="1.2.3",isa="avx2"} 1"#, "fovea_queue_depth 3", "fovea_queue_limit 64",
            #"fovea_frames_total{sensor="-",outcome="answered"} 3"#,
            #"fovea_frames_total{sensor="-",outcome="dropped"} 1"#,
            #"fovea_frames_total{sensor="cam-1",outcome="answered"} 1"#,
            #"fovea_frames_dropped_total{sensor="-",reason="malformed"} 1"#,
            #"fovea_http_requests_total{method="POST",route="/v1/analyze",status="200"} 3"#,
            #"fovea_http_requests_total{method="POST",route="/v1/analyze",status="400"} 1"#,
            #"fovea_stage_duration_seconds_bucket{stage="inference",le="0.01"} 0"#,
            #"fovea_stage_duration_seconds_bucket{stage="inference",le="0.025"} 4"#,
            #"fovea_stage_duration_seconds_bucket{stage="inference",le="+Inf"} 4"#,
            #"fovea_stage_duration_seconds_count{stage="inference"} 4"#, "fovea_http_requests_in_flight 1",
        ] { #expect(lines.contains(expected), "\(expected)") }
        for name in [
            "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds",
            "process_start_time_seconds",
        ] {
            #expect(lines.contains { $0.hasPrefix("\(name) ") })
        }
        for line in lines where !line.hasPrefix("#") {
            let value = try #require(line.split(separator: " ").last)
            #expect(value == "+Inf" || Double(value) != nil, "\(line)")
        }
    }
}
