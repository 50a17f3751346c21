import HTTPTypes
import NIOCore
import Pipeline
import Store
import StrictJSON
import Tensors
import Vision

/// Answers a stored frame again, as it was asked then, and compares stage by stage.
struct Replay: Sendable {
    private let result: StoredResult
    private let store: ResultStore
    private let state: ServiceState

    init(_ result: StoredResult, store: ResultStore, state: ServiceState) {
        self.result = result
        self.store = store
        self.state = state
    }

    /// The report's JSON: whether everything is `equal`, each of the `stages`, both builds, and the result of today.
    func report(_ context: ServiceContext) async throws -> ByteBuffer {
        guard let frame = try await store.database.blob(.frame, of: result.id) else {
            throw Problem(
                .conflict, "no-frame",
                "the frame of this result is not stored; the setting store.contents = frames does so")
        }
        let recorded = try JSONValue(parsing: result.document, byteLimit: 64 << 20)
        let request = try RecordedRequest(json: result.request)
        // Its answer is metadata, whatever was asked for then.
        var options = try request.requestOptions().analysis(under: state.configuration.privacy, ceiling: .full)
        options.digests = true
        // The default model may be another by now.
        if options.model == nil { options.model = recorded["model"]?["name"]?.string }
        let input = FrameInput(
            bytes: ByteStorage(frame.bytes), contentType: request.contentType, description: request.description,
            source: request.source, sensor: request.sensor)
        let analysis = try await context.cancellingOnDisconnect { [options] in
            try await state.analyzer.analyze(input, options: options)
        }
        let found = try JSONValue(parsing: analysis.result.json(), byteLimit: 64 << 20)
        let stages = ReplayStage.all(recorded: recorded, found: found)
        var writer = JSONWriter(pretty: false)
        writer.object { json in
            json.key("id")
            json.value("\(result.id)")
            json.key("equal")
            json.value(.bool(stages.allSatisfy { $0.isEqual != false }))
            json.key("stages")
            json.array { json in
                for stage in stages {
                    json.element()
                    stage.write(to: &json)
                }
            }
            json.key("builds")
            json.object { json in
                json.key("recorded")
                json.value(recorded["build"] ?? .null)
                json.key("found")
                json.value(found["build"] ?? .null)
            }
            json.key("result")
            json.value(found)
        }
        return ByteBuffer(bytes: writer.bytes)
    }
}

/// One stage of a replay: what was recorded of it, and what came out now.
struct ReplayStage: Sendable, Equatable {
    var name: String
    var recorded: JSONValue?
    var found: JSONValue?

    /// `nil` where nothing was recorded to compare with.
    var isEqual: Bool? { recorded.map { $0 == found } }

    func write(to writer: inout JSONWriter) {
        writer.object { json in
            json.key("stage")
            json.value(name)
            json.key("equal")
            json.value(isEqual.map { .bool($0) } ?? .null)
            json.key("recorded")
            json.value(recorded ?? .null)
            json.key("found")
            json.value(found ?? .null)
        }
    }

    /// In the order in which a frame passes them. What belongs to no earlier stage is the answer itself.
    static func all(recorded: JSONValue, found: JSONValue) -> [ReplayStage] {
        func stage(_ name: String, _ value: (JSONValue) -> JSONValue?) -> ReplayStage {
            ReplayStage(name: name, recorded: value(recorded), found: value(found))
        }
        return [
            stage("frame") { $0["frame"]?["sha256"] },
            stage("isp") { $0["isp"]?["sha256"] },
            stage("develop") { value in
                value["isp"].map { isp in
                    .object([
                        "demosaic": isp["demosaic"] ?? .null, "whiteBalanceGains": isp["whiteBalanceGains"] ?? .null,
                    ])
                }
            },
            stage("model") { $0["model"]?["sha256"] },
            stage("options") { $0["options"] },
            stage("tensor") { $0["digests"]?["tensor"] },
            stage("outputs") { $0["digests"]?["outputs"] },
            stage("answer") { value in
                guard case .object(let members) = value else { return nil }
                let answer = members.filter { !notOfTheAnswer.contains($0.key) }
                return .string(SHA256.hex(of: Array(JSONValue.object(answer).canonicalText.utf8)))
            },
        ]
    }

    private static let notOfTheAnswer: Set<String> = [
        "schema", "frame", "isp", "model", "options", "build", "digests", "privacy", "timings", "record",
    ]
}

extension JSONValue {
    subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    var string: String? { if case .string(let text) = self { text } else { nil } }
}
