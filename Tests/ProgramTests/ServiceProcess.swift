import Foundation
import FoundationNetworking
import TestSupport
import Testing

/// `fovea serve` in a process of its own on a free port of this machine, ended with the value.
final class ServiceProcess: @unchecked Sendable {
    private let process: Process
    private let folder: TemporaryDirectory
    let url: String

    init(_ arguments: String..., environment: [String: String] = [:]) async throws {
        folder = try TemporaryDirectory()
        let log = folder.path + "/log"
        try Data().write(to: URL(filePath: log))
        process = Program.process(["serve", "--port", "0"] + arguments, environment: environment)
        process.standardError = FileHandle(forWritingAtPath: log)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        var found: String?
        for _ in 0..<600 where found == nil {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            if let range = text.range(of: "http://127.0.0.1:[0-9]+", options: .regularExpression) {
                found = String(text[range])
            } else if !process.isRunning {
                break
            } else {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        url = try #require(
            found, "the service did not start: \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
    }

    deinit { if process.isRunning { process.terminate() } }

    var log: String { (try? String(contentsOfFile: folder.path + "/log", encoding: .utf8)) ?? "" }

    /// Ends it as a supervisor does and tells how it went.
    func stop() async -> Int32 {
        process.terminate()
        // Waiting holds a thread, and tests share few.
        while process.isRunning { try? await Task.sleep(for: .milliseconds(10)) }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// Ends it as the kernel does: at once, in the middle of everything.
    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    struct Answer {
        var status: Int
        var contentType: String
        var body: Data

        func json() throws -> [String: Any] {
            try #require(JSONSerialization.jsonObject(with: body) as? [String: Any])
        }
    }

    func send(
        _ method: String = "GET", _ path: String, headers: [String: String] = [:], body: Data? = nil
    ) async throws -> Answer {
        var request = URLRequest(url: try #require(URL(string: url + path)))
        request.httpMethod = method
        request.httpBody = body
        request.timeoutInterval = 60
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        return Answer(
            status: http.statusCode, contentType: http.value(forHTTPHeaderField: "Content-Type") ?? "", body: data)
    }
}
