import Vision

/// The trace that a request belongs to, where it is to be exported. Known to all that the request's task does.
final class RequestTrace: Sendable {
    @TaskLocal static var current: RequestTrace?

    let place: TraceParent
    private let exporter: TraceExporter

    init(_ place: TraceParent, exporter: TraceExporter) {
        self.place = place
        self.exporter = exporter
    }

    /// The order in which a frame goes through its stages; others come after.
    private static let order = [
        "queue", "hash", "decode", "develop", "prepare", "inference", "postprocess", "developPicture", "draw", "encode",
    ]

    /// Notes the stages of a frame that was answered just now. They are measured one after the other, and laid so from the moment
    /// the frame was admitted.
    func answered(_ result: FrameResult, now: UInt64 = TraceExporter.now()) {
        var timings = result.timings
        let total = timings.removeValue(forKey: "total") ?? timings.values.reduce(0, +)
        var start = now - min(now, Self.nanoseconds(total))
        var frame = TraceSpan(
            traceID: place.traceID, spanID: place.child().spanID, parentID: place.spanID, name: "frame",
            kind: .internal, start: start, end: now)
        frame.attributes = [
            ("fovea.model", .text(result.model.name)), ("fovea.model.version", .text(result.model.version)),
            ("fovea.frame.width", .number(result.frame.width)), ("fovea.frame.height", .number(result.frame.height)),
        ]
        if let sensor = result.frame.sensor { frame.attributes.append(("fovea.sensor", .text(sensor))) }
        var spans = [frame]
        let rank = { (stage: String) in Self.order.firstIndex(of: stage) ?? Self.order.count }
        for (stage, milliseconds) in timings.sorted(by: { (rank($0.key), $0.key) < (rank($1.key), $1.key) }) {
            let end = start + Self.nanoseconds(milliseconds)
            spans.append(
                TraceSpan(
                    traceID: place.traceID, spanID: place.child().spanID, parentID: frame.spanID, name: stage,
                    kind: .internal, start: start, end: end))
            start = end
        }
        exporter.offer(spans)
    }

    /// Notes the whole request.
    func ended(
        parentID: String?, method: String, route: String, status: Int, duration: Duration,
        now: UInt64 = TraceExporter.now()
    ) {
        let took = Self.nanoseconds(duration / .milliseconds(1))
        exporter.offer([
            TraceSpan(
                traceID: place.traceID, spanID: place.spanID, parentID: parentID, name: "\(method) \(route)",
                kind: .server, start: now - min(now, took), end: now,
                attributes: [
                    ("http.request.method", .text(method)), ("http.route", .text(route)),
                    ("http.response.status_code", .number(status)),
                ],
                hasFailed: status >= 500)
        ])
    }

    private static func nanoseconds(_ milliseconds: Double) -> UInt64 {
        milliseconds.isFinite && milliseconds > 0 ? UInt64(min(milliseconds, 1e9) * 1e6) : 0
    }
}
