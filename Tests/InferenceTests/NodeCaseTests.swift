import Inference
import Testing

#if canImport(Glibc)
import Glibc
#endif

private let root = "/usr/share/libonnx-testdata/data/node"

/// Known differences: `resize_downsample_scales_*_align_corners` divides by a fractional output length, where Fovea, like
/// PyTorch and ONNX Runtime, takes the whole one; `cast_FLOAT_to_BFLOAT16` was made by truncation, Fovea rounds to nearest
/// even; in `castlike_*BFLOAT16*` the data of input `like` contradicts the model's declared shape.
///
/// `onnx-node-cases.txt` lists each of ONNX's node cases with `pass` or the reason for not passing. With
/// `FOVEA_WRITE_NODE_CASES=PATH` in the environment, the test writes the list it found to that file.
@Suite("ONNX node cases")
struct NodeCaseTests {
    @Test("come out as listed", .enabled(if: access(root, R_OK) == 0, "libonnx-testdata is not installed"))
    func comeOutAsListed() throws {
        var found: [String: String] = [:]
        for outcome in try ModelCheck.run(directory: root) {
            found[outcome.name] =
                switch outcome.verdict {
                case .passed: "pass"
                case .failed(let reason): "fail: \(reason)"
                case .unsupported(let reason): "unsupported: \(reason)"
                }
        }
        let text = found.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
        if let path = getenv("FOVEA_WRITE_NODE_CASES").map({ String(cString: $0) }) {
            let file = try #require(fopen(path, "w"))
            fputs(text, file)
            fclose(file)
        }
        let expected = try ExpectedNodeCases.load()
        for (name, outcome) in found.sorted(by: { $0.key < $1.key }) {
            #expect(expected[name] == outcome, "\(name)")
        }
        #expect(Set(expected.keys) == Set(found.keys))
    }
}

/// The list of expected outcomes beside this file.
enum ExpectedNodeCases {
    static func load(file: String = #filePath) throws -> [String: String] {
        let path =
            file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/onnx-node-cases.txt"
        let stream = try #require(fopen(path, "r"), "\(path) is missing")
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, stream)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        var cases: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.firstIndex(of: " ") else { continue }
            cases[String(line[..<space])] = String(line[line.index(after: space)...])
        }
        return cases
    }
}
