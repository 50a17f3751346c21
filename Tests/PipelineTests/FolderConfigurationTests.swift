import Pipeline
import Tensors
import TestSupport
import Testing

/// Model folders that say in `config.pbtxt` how they are to be served.
@Suite(.timeLimit(.minutes(2))) struct FolderConfigurationTests {
    private final class Fixture {
        let folder: TemporaryDirectory
        let frames: FramePipeline

        init(folder: TemporaryDirectory, frames: FramePipeline) {
            (self.folder, self.frames) = (folder, frames)
        }

        deinit { frames.stop() }
    }

    /// A folder `sum` with `config.pbtxt` and versions of a network with inputs A and B, outputs SUM and DIFFERENCE, all [N,4].
    private func load(
        _ text: String, versions: [String] = ["1"], file: String = "model.onnx", labels: String? = nil
    ) throws -> Fixture {
        let folder = try TemporaryDirectory()
        for version in versions {
            let directory = "\(folder.path)/sum/\(version)"
            try FileWriting.makeDirectory(directory)
            try FileWriting.write(ModelFolderBuilder.sumAndDifference.bytes, to: "\(directory)/\(file)")
        }
        try FileWriting.write(Array(text.utf8), to: folder.path + "/sum/config.pbtxt")
        if let labels { try FileWriting.write(Array(labels.utf8), to: folder.path + "/sum/labels.txt") }
        var configuration = PipelineConfiguration()
        configuration.modelDirectory = folder.path
        configuration.threads = 1
        return Fixture(folder: folder, frames: try FramePipeline(configuration))
    }

    private func request(rows: Int, version: String? = nil) -> TensorRequest {
        let tensor = Tensor([Float](repeating: 1, count: 4 * rows), shape: [rows, 4])
        return TensorRequest(model: "sum", version: version, inputs: ["A": .tensor(tensor), "B": .tensor(tensor)])
    }

    private static let whole = """
        # As other servers' folders have it.
        name: "sum"
        platform: "onnxruntime_onnx"
        max_batch_size: 6
        input [
          { name: "A" data_type: TYPE_FP32 dims: [ 4 ] },
          { name: "B" data_type: TYPE_FP32 dims: [ -1 ] }
        ]
        output { name: "SUM", data_type: TYPE_FP32, dims: 4, label_filename: "labels.txt" }
        instance_group [ { count: 2 kind: KIND_CPU } ]
        dynamic_batching { preferred_batch_size: [ 4, 2 ] max_queue_delay_microseconds: 250 }
        parameters { key: "numerics" value: { string_value: "exact" } }
        parameters: [ { key: "note", value { string_value: "kept" } } ]
        """

    @Test("what the file names is set")
    func everything() async throws {
        let fixture = try load(Self.whole, labels: "zero\none\r\ntwo\nthree\n")
        let model = try fixture.frames.library.model(named: "sum")
        #expect(model.maximumBatchSize == 6)
        #expect(model.batching?.preferredRows == [2, 4])
        #expect(model.batching?.delayMicroseconds == 250)
        #expect(model.outputs.map(\.name) == ["SUM"])
        #expect(model.labels(of: "SUM") == ["zero", "one", "two", "three"])
        #expect(model.parameters == ["numerics": "exact", "note": "kept"])
        #expect(try await fixture.frames.infer(request(rows: 6)).outputs.map(\.name) == ["SUM"])
        await #expect(throws: (any Error).self) { try await fixture.frames.infer(request(rows: 7)) }
    }

    @Test("with a max_batch_size of 0, requests run alone and extents are the whole shape")
    func unbatched() async throws {
        let fixture = try load(
            "max_batch_size: 0 input { name: \"A\" dims: [ 2, 4 ] data_type: TYPE_FP32 }")
        let model = try fixture.frames.library.model(named: "sum")
        #expect(model.maximumBatchSize == 0)
        #expect(model.batching == nil)
        _ = try await fixture.frames.infer(request(rows: 2))
        await #expect(throws: (any Error).self) { try await fixture.frames.infer(request(rows: 3)) }
    }

    @Test(
        "the version policy chooses what is loaded",
        arguments: [
            ("version_policy { all {} }", ["1", "2", "3", "10"]),
            ("version_policy: { latest: { num_versions: 2 } }", ["3", "10"]),
            ("version_policy { latest {} }", ["10"]), ("", ["10"]),
            ("version_policy { specific { versions: [ 3, 1 ] } }", ["1", "3"]),
        ])
    func versions(_ text: String, expected: [String]) throws {
        let fixture = try load(text, versions: ["1", "2", "3", "10"])
        #expect(fixture.frames.library.versions(of: "sum").map(\.version) == expected)
    }

    @Test("the setting for all models takes a number of versions, too")
    func setting() {
        #expect(VersionPolicy("latest") == .latest(1))
        #expect(VersionPolicy("latest:3") == .latest(3))
        #expect(VersionPolicy("all") == .all)
        for text in ["latest:0", "latest:", "latest:x", "newest", "specific:1"] { #expect(VersionPolicy(text) == nil) }
    }

    @Test("the network's file may have another name")
    func fileName() throws {
        let fixture = try load("default_model_filename: \"net.onnx\"", file: "net.onnx")
        #expect(fixture.frames.library.versions(of: "sum").count == 1)
    }

    @Test(
        "what contradicts the network, or is not obeyed here, keeps the model from loading and is named",
        arguments: [
            ("name: \"other\"", "name"), ("max_batch_sizes: 1", "max_batch_sizes"),
            ("max_batch_size: x", "max_batch_size"),
            ("max_batch_size: -1", "max_batch_size"), ("max_batch_size: 1 max_batch_size: 1", "stands twice"),
            ("platform: \"tensorrt_plan\"", "platform"), ("backend: \"python\"", "backend"),
            ("input { name: \"C\" }", "'C'"), ("input { data_type: TYPE_FP32 }", "input[0].name"),
            ("input { name: \"A\" data_type: TYPE_FP16 }", "'A'"),
            ("input { name: \"A\" data_type: TYPE_X }", "TYPE_X"),
            ("max_batch_size: 2 input { name: \"A\" dims: [ 2, 4 ] }", "'A'"),
            ("max_batch_size: 0 input { name: \"A\" dims: [ 4 ] }", "'A'"),
            ("input { name: \"A\" dims: [ 5 ] }", "'A'"), ("input { name: \"A\" dims: [ 0 ] }", "dims"),
            ("input [ { name: \"A\" }, { name: \"A\" } ]", "stands twice"),
            ("output { name: \"SUM\" label_filename: \"gone.txt\" }", "gone.txt"),
            ("output { name: \"SUM\" label_filename: \"../x\" }", "label_filename"),
            ("dynamic_batching { preserve_ordering: true }", "dynamic_batching.preserve_ordering"),
            ("max_batch_size: 4 dynamic_batching { preferred_batch_size: 8 }", "preferred_batch_size"),
            ("instance_group { kind: KIND_GPU }", "KIND_GPU"), ("sequence_batching {}", "sequence_batching"),
            ("version_policy { specific { versions: 7 } }", "version 7"), ("version_policy {}", "version_policy"),
            ("version_policy { all {} latest {} }", "version_policy"),
            ("parameters { key: \"precision\" value { string_value: \"fp8\" } }", "fp8"),
            ("default_model_filename: \"a/b\"", "default_model_filename"), ("name: ", "line 1"),
        ])
    func refused(_ text: String, naming: String) {
        do {
            _ = try load(text)
            Issue.record("loaded")
        } catch {
            #expect("\(error)".contains(naming), "\(error)")
            #expect("\(error)".contains("model sum"), "\(error)")
        }
    }
}
