import AsyncHTTPClient
import FoundationEssentials
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import Tensors

/// An issuer's keys, from a file or an address, kept and read anew: on time, and when a token names a key that is not there.
actor TokenKeySource {
    private let location: String
    private let isRemote: Bool
    private let logger: Logger
    private var keySet: TokenKeySet?
    private var readAt: ContinuousClock.Instant?
    private var reading: Task<Void, Never>?

    /// Keys older than this are read anew before they are used.
    private var freshness: Duration { isRemote ? .seconds(300) : .seconds(1) }
    /// Tokens with keys that nobody knows cannot make us ask more often than this.
    private var shortestInterval: Duration { isRemote ? .seconds(5) : .seconds(1) }
    private static let byteLimit = 1 << 20
    private static let timeout = TimeAmount.seconds(10)

    /// - Throws: ``ConfigurationError`` for a file that is not there.
    init(_ location: String, isRemote: Bool, logger: Logger) throws(ConfigurationError) {
        self.location = location
        self.isRemote = isRemote
        self.logger = logger
        guard !isRemote else { return }
        do {
            let bytes = try ByteStorage.reading(path: location, maximumByteCount: Self.byteLimit)
            _ = try JSONDecoder().decode([String: [[String: AnyMember]]].self, from: Data(bytes.bytes))
        } catch {
            throw .unreadable(key: "tokenKeys", detail: "\(location) is no JSON Web Key Set: \(error)")
        }
    }

    private struct AnyMember: Decodable {
        init(from decoder: any Decoder) {}
    }

    /// - Throws: 503 while no keys could be had yet.
    func keys(named id: String?, algorithm: TokenAlgorithm) async throws(Problem) -> [TokenKeySet.Key] {
        if keySet == nil || age >= freshness { await read() }
        let found = keySet?.candidates(named: id, algorithm: algorithm) ?? []
        // An issuer that changes its keys signs with the new one at once.
        if found.isEmpty, age >= shortestInterval { await read() }
        guard let keySet else {
            throw Problem(
                .serviceUnavailable, "token-keys", "the keys that tokens are signed with cannot be had now",
                retryAfter: 10)
        }
        return found.isEmpty ? keySet.candidates(named: id, algorithm: algorithm) : found
    }

    private var age: Duration { readAt.map { $0.duration(to: .now) } ?? .seconds(Int64.max >> 8) }

    /// Reads the keys once for all who wait for them. Keys that cannot be had leave the old ones in use.
    private func read() async {
        if let reading { return await reading.value }
        if keySet == nil, age < shortestInterval { return }
        let task = Task {
            do {
                keySet = try await TokenKeySet(json: isRemote ? fetch() : file())
            } catch {
                logger.error(
                    "the keys of tokens cannot be read; those that are known stay",
                    metadata: ["from": "\(location)", "error": "\(error)"])
            }
            readAt = .now
            reading = nil
        }
        reading = task
        await task.value
    }

    private func file() throws -> Data {
        let bytes = try ByteStorage.reading(path: location, maximumByteCount: Self.byteLimit)
        return Data(bytes.bytes)
    }

    private func fetch() async throws -> Data {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let response = try await client.execute(HTTPClientRequest(url: location), timeout: Self.timeout)
            guard response.status == .ok else {
                throw ConfigurationError.unreadable(key: location, detail: "answered \(response.status)")
            }
            let body = try await response.body.collect(upTo: Self.byteLimit)
            try await client.shutdown()
            return Data(body.readableBytesView)
        } catch {
            try? await client.shutdown()
            throw error
        }
    }
}
