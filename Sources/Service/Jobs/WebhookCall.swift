import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Tells one address that a job has ended, as often as it takes.
struct WebhookCall: Sendable {
    /// What became of it so far.
    struct Progress: Sendable, Equatable {
        var address: String
        var attempts = 0
        var isDelivered = false
        /// Status of the last answer, or why there was none.
        var last: String?
    }

    let id: String
    let address: WebhookAddress
    let policy: WebhookPolicy
    /// Before the second attempt; doubled before each later one, up to ten minutes.
    var firstPause = Duration.seconds(1)

    /// Calls until an answer of 200…299 comes, at most as often as the policy says. 410 ends it at once: the receiver wants no
    /// more. Redirects are not followed. Cancelling the task ends it.
    ///
    /// - Parameter note: told of each attempt.
    func deliver(_ body: [UInt8], from start: Progress, note: @Sendable (Progress) async -> Void) async {
        var progress = start
        var pause = firstPause
        while progress.attempts < policy.attempts, !progress.isDelivered {
            if progress.attempts > start.attempts {
                // Spread, so that many jobs that ended together do not call together again.
                try? await Task.sleep(for: pause * Double.random(in: 0.8...1.2))
                pause = min(pause * 2, .seconds(600))
            }
            if Task.isCancelled { return }
            let status = await attempt(body)
            progress.attempts += 1
            progress.last = status.text
            progress.isDelivered = status.code.map { (200..<300).contains($0) } ?? false
            await note(progress)
            if status.code == 410 { return }
        }
    }

    private func attempt(_ body: [UInt8]) async -> (code: Int?, text: String) {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(10))
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let timestamp = Int64(Date().timeIntervalSince1970)
        var request = HTTPClientRequest(url: address.text)
        request.method = .POST
        request.headers = [
            "Content-Type": "application/json", "webhook-id": id, "webhook-timestamp": "\(timestamp)",
            "webhook-signature": policy.secret.signature(id: id, timestamp: timestamp, body: body),
        ]
        request.body = .bytes(ByteBuffer(bytes: body))
        let outcome: (Int?, String)
        do {
            let response = try await client.execute(request, timeout: .seconds(15))
            outcome = (Int(response.status.code), "\(response.status.code)")
        } catch {
            outcome = (nil, "\(error)")
        }
        try? await client.shutdown()
        return outcome
    }
}
