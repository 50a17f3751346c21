import AsyncHTTPClient
import FoundationEssentials
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Synchronization

/// Sends spans to a collector of OpenTelemetry, beside the requests: a collector that is slow or away costs spans, never a request.
final class TraceExporter: Sendable {
    private struct State {
        var spans: [TraceSpan] = []
        var exported = 0
        /// The queue was full.
        var overflowed = 0
        /// The collector did not take them.
        var refused = 0
    }

    private let address: String
    private let version: String
    private let logger: Logger
    private let state = Mutex(State())

    /// Part of the requests without a trace of their own that begin one.
    let ratio: Double

    private static let capacity = 8192
    private static let batchSize = 512
    private static let interval = Duration.milliseconds(500)
    private static let timeout = TimeAmount.seconds(10)
    private static let attempts = 4

    init(collector: String, ratio: Double, version: String, logger: Logger) {
        var address = collector[...]
        while address.last == "/" { address = address.dropLast() }
        self.address = address + "/v1/traces"
        self.ratio = ratio
        self.version = version
        self.logger = logger
    }

    /// Nanoseconds since 1970.
    static func now() -> UInt64 { UInt64(max(0, Date().timeIntervalSince1970) * 1e9) }

    var counts: (exported: Int, overflowed: Int, refused: Int) {
        state.withLock { ($0.exported, $0.overflowed, $0.refused) }
    }

    static func register(_ exporter: TraceExporter, in registry: MetricsRegistry) {
        registry.observed(
            "fovea_trace_spans_total", "Spans of traces, by what became of them.", kind: .counter, labels: ["outcome"]
        ) {
            let counts = exporter.counts
            return [("exported", counts.exported), ("overflowed", counts.overflowed), ("refused", counts.refused)]
                .map { (labels: [$0.0], value: Double($0.1)) }
        }
    }

    /// Takes spans in, as many as there is room for.
    func offer(_ spans: [TraceSpan]) {
        state.withLock { state in
            let room = max(0, Self.capacity - state.spans.count)
            state.spans.append(contentsOf: spans.prefix(room))
            state.overflowed += max(0, spans.count - room)
        }
    }

    /// Sends until the service stops.
    func run() async {
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                await sendAll(client, attempts: Self.attempts)
                try? await Task.sleep(for: Self.interval)
            }
        }
        try? await client.shutdown()
    }

    /// Sends what is left, without trying again.
    func finish() async {
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        await sendAll(client, attempts: 1)
        try? await client.shutdown()
    }

    private func sendAll(_ client: HTTPClient, attempts: Int) async {
        while true {
            let batch = state.withLock { state in
                let batch = Array(state.spans.prefix(Self.batchSize))
                state.spans.removeFirst(batch.count)
                return batch
            }
            guard !batch.isEmpty else { return }
            let isTaken = await send(batch, client, attempts: attempts)
            state.withLock { state in
                if isTaken { state.exported += batch.count } else { state.refused += batch.count }
            }
        }
    }

    private func send(_ batch: [TraceSpan], _ client: HTTPClient, attempts: Int) async -> Bool {
        var request = HTTPClientRequest(url: address)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(TraceSpan.document(batch, version: version))
        var reason = ""
        for attempt in 0..<attempts {
            if attempt > 0 { try? await Task.sleep(for: .milliseconds(250 << attempt)) }
            do {
                let response = try await client.execute(request, timeout: Self.timeout)
                _ = try await response.body.collect(upTo: 1 << 20)
                if (200..<300).contains(Int(response.status.code)) { return true }
                reason = "\(response.status)"
                // What the collector finds wrong stays wrong; what it is too busy for may be taken later.
                guard [429, 502, 503, 504].contains(response.status.code) else { break }
            } catch {
                reason = "\(error)"
            }
        }
        logger.warning(
            "the collector did not take spans",
            metadata: ["collector": "\(address)", "spans": "\(batch.count)", "reason": "\(reason)"])
        return false
    }
}
