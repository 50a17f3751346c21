import Foundation
import TestSupport
import Testing

/// The built program, run as people run it.
enum Program {
    struct Outcome {
        var status: Int32
        var output: Data
        var errors: String

        var lines: [String] { String(decoding: output, as: UTF8.self).split(separator: "\n").map { String($0) } }

        /// Standard output's lines as JSON objects.
        func objects() throws -> [[String: Any]] {
            try lines.map { try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
        }
    }

    /// Beside the test bundle in the build folder.
    static let path: String = {
        let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
        let folder = (bundle ?? URL(filePath: CommandLine.arguments[0])).deletingLastPathComponent()
        return folder.appending(path: "fovea").path()
    }()

    static let sample = Repository.root + "/samples/border-collie"

    static func process(_ arguments: [String], environment: [String: String] = [:]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: Repository.root)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        return process
    }

    /// Runs to the end. Streams go through files, so that no pipe fills up.
    static func run(
        _ arguments: String..., input: Data? = nil, environment: [String: String] = [:]
    ) async throws -> Outcome {
        try await run(arguments, input: input, environment: environment)
    }

    static func run(
        _ arguments: [String], input: Data? = nil, environment: [String: String] = [:]
    ) async throws -> Outcome {
        let folder = try TemporaryDirectory()
        let process = process(arguments, environment: environment)
        let files = try ["in", "out", "err"].map { name in
            let path = folder.path + "/" + name
            try (name == "in" ? input ?? Data() : Data()).write(to: URL(filePath: path))
            return try #require(FileHandle(forUpdatingAtPath: path))
        }
        process.standardInput = files[0]
        process.standardOutput = files[1]
        process.standardError = files[2]
        try await finish(process)
        #expect(process.terminationReason == .exit, "killed by signal \(process.terminationStatus)")
        return Outcome(
            status: process.terminationStatus, output: try Data(contentsOf: URL(filePath: folder.path + "/out")),
            errors: String(decoding: try Data(contentsOf: URL(filePath: folder.path + "/err")), as: UTF8.self))
    }

    /// Runs a process to its end without holding a thread that other tests need.
    private static func finish(_ process: Process) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
    }
}
