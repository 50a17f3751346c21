import Inference
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#endif

/// ONNX's own cases, in the folders that `tools/make-node-cases` writes and, of an older version of the standard, in those
/// that Debian's libonnx-testdata brings.
enum CaseSuite: String, CaseIterable {
    case node
    case pytorchConverted = "pytorch-converted"
    case pytorchOperator = "pytorch-operator"
    case simple
    case light
    case olderNode = "older-node"

    var folder: String {
        self == .olderNode ? "/usr/share/libonnx-testdata/data/node" : "\(Repository.root)/.onnx-cases/\(rawValue)"
    }

    static var present: [CaseSuite] { allCases.filter { access($0.folder, R_OK) == 0 } }
}

/// `onnx-node-cases.txt` lists each case that does not pass, with the reason, and says how many there are. Besides what the
/// engine leaves out (training and losses, strings, sequences and optionals, random numbers, audio, other domains),
/// one:
///
/// - `attention_4d_causal_fp16_expanded` rounds every partial sum to 16 bits, where Fovea sums in 32.
///
/// With `FOVEA_WRITE_NODE_CASES=PATH` in the environment, the test writes the list that it found to that file.
@Suite("ONNX cases")
struct NodeCaseTests {
    @Test(
        "come out as listed",
        .enabled(if: !CaseSuite.present.isEmpty, "neither tools/make-node-cases was run nor libonnx-testdata is there"))
    func comeOutAsListed() throws {
        var found: [String: String] = [:]
        for suite in CaseSuite.present {
            let outcomes = try ModelCheck.run(directory: suite.folder)
            var passed = 0
            for outcome in outcomes {
                switch outcome.verdict {
                case .passed: passed += 1
                case .failed(let reason): found["\(suite.rawValue)/\(outcome.name)"] = "fail: \(reason)"
                case .unsupported(let reason):
                    // Without the advice that follows the fact.
                    let fact = reason.split(separator: ": export")[0]
                    found["\(suite.rawValue)/\(outcome.name)"] = "unsupported: \(fact)"
                }
            }
            found[suite.rawValue] = "\(passed) of \(outcomes.count) pass"
        }
        if let path = getenv("FOVEA_WRITE_NODE_CASES").map({ String(cString: $0) }) {
            let file = try #require(fopen(path, "w"))
            fputs(found.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined(), file)
            fclose(file)
        }
        let names = Set(CaseSuite.present.map(\.rawValue))
        let expected = try ExpectedNodeCases.load().filter { line in
            names.contains(line.key.prefix { $0 != "/" }.description)
        }
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
