import Pipeline
import Store
import Synchronization
import Vision

/// What the service counts and times.
final class ServiceMetrics: Sendable {
    let registry = MetricsRegistry()
    private let requests: Counter
    private let requestDurations: Histogram
    private let stageDurations: Histogram
    private let frames: Counter
    private let drops: Counter
    private let streamDrops: Counter
    private let cameraConnections: Counter
    private let unstored: Counter
    private let jobs: Counter
    private let webhookCalls: Counter
    private let inFlight = Atomic(0)

    /// Sensor label of frames that no sensor sent.
    static let noSensor = "-"
    /// Sensor label of what was counted for sensors that made room for others: sums over sensors never fall, and a client that
    /// invents sensors cannot fill the memory with series.
    static let evicted = "(evicted)"

    init(analyzer: any FrameAnalyzing, sensors: SensorRegistry, build: FrameResult.Build) {
        registry.observed(
            "fovea_build_info", "Version and instruction set of the kernels; always 1.", kind: .gauge,
            labels: ["version", "isa"]
        ) { [(labels: [build.version, build.isa], value: 1)] }
        requests = registry.counter(
            "fovea_http_requests_total", "HTTP requests answered.", labels: ["method", "route", "status"])
        requestDurations = registry.histogram(
            "fovea_http_request_duration_seconds",
            "Time from a request's header to the start of its answer.", labels: ["method", "route"],
            buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
        stageDurations = registry.histogram(
            "fovea_stage_duration_seconds", "Time that one frame spent in a stage.", labels: ["stage"],
            buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5])
        frames = registry.counter(
            "fovea_frames_total", "Frames taken in, by what became of them.", labels: ["sensor", "outcome"])
        drops = registry.counter(
            "fovea_frames_dropped_total", "Frames without an answer, by reason.", labels: ["sensor", "reason"])
        streamDrops = registry.counter(
            "fovea_stream_dropped_total", "Results and pictures that a slow reader of a stream missed.",
            labels: ["sensor", "stream"])
        cameraConnections = registry.counter(
            "fovea_camera_connections_total", "Attempts to open a camera and losses of an open one, by outcome.",
            labels: ["sensor", "outcome"])
        unstored = registry.counter(
            "fovea_results_not_stored_total", "Results that were answered without being stored, by reason.",
            labels: ["reason"])
        jobs = registry.counter("fovea_jobs_total", "Jobs that ended, by how.", labels: ["state"])
        webhookCalls = registry.counter(
            "fovea_webhook_calls_total", "Calls that told of a job's end, by outcome.", labels: ["outcome"])
        registry.observed("fovea_queue_depth", "Frames admitted and not yet answered.", kind: .gauge) {
            [(labels: [], value: Double(analyzer.queueDepth))]
        }
        registry.observed("fovea_queue_limit", "Frames that may be admitted at once.", kind: .gauge) {
            [(labels: [], value: Double(analyzer.queueLimit))]
        }
        observe(sensors)
        observeHealth(of: sensors)
        ProcessMetrics.register(in: registry)
    }

    private func observe(_ sensors: SensorRegistry) {
        registry.observed(
            "fovea_http_requests_in_flight", "HTTP requests being answered.", kind: .gauge
        ) { [self] in [(labels: [], value: Double(inFlight.load(ordering: .relaxed)))] }
        registry.observed("fovea_sensors", "Sensors known.", kind: .gauge) {
            [(labels: [], value: Double(sensors.all.count))]
        }
        registry.observed(
            "fovea_sensor_info", "What happens to a sensor's frames that come too fast; always 1.", kind: .gauge,
            labels: ["sensor", "policy"]
        ) { sensors.all.map { (labels: [$0.id.name, $0.summary.policy], value: 1) } }
        registry.observed(
            "fovea_sensor_frames_received_total", "Frames that came from a sensor: answered, dropped or in progress.",
            kind: .counter, labels: ["sensor"]
        ) { sensors.all.map { (labels: [$0.id.name], value: Double($0.summary.received)) } }
        registry.observed(
            "fovea_sensor_frames_missing_total",
            "Frames that gaps in the sensor's numbering told of when the next one came; some come late.",
            kind: .counter,
            labels: ["sensor"]
        ) {
            sensors.all.map { (labels: [$0.id.name], value: Double($0.summary.missing &+ $0.summary.late)) }
                + [(labels: [Self.evicted], value: Double(sensors.gapsOfEvicted.skipped))]
        }
        registry.observed(
            "fovea_sensor_frames_late_total", "Frames that had been counted as missing and came after all.",
            kind: .counter, labels: ["sensor"]
        ) {
            sensors.all.map { (labels: [$0.id.name], value: Double($0.summary.late)) }
                + [(labels: [Self.evicted], value: Double(sensors.gapsOfEvicted.late))]
        }
        registry.observed(
            "fovea_stream_watchers", "Readers of a sensor's streams.", kind: .gauge, labels: ["sensor"]
        ) { sensors.all.map { (labels: [$0.id.name], value: Double($0.summary.watchers)) } }
    }

    private func observeHealth(of sensors: SensorRegistry) {
        let gauges: [(name: String, help: String, value: @Sendable (CameraHealth) -> Double)] = [
            ("black_level", "Black level that raw frames are developed with, in sample values.", { $0.blackLevel }),
            (
                "black_level_drift",
                "Level of the darkest samples above what the noise model expects, in sample values; negative: the black level is too high.",
                { $0.blackLevelDrift }
            ),
            ("clipped_ratio", "Share of samples at white.", { $0.clippedShare }),
            ("dark_ratio", "Share of samples below 2 % of white.", { $0.darkShare }),
            ("defective_ratio", "Share of samples that stick out of their surroundings.", { $0.defectShare }),
            ("sharpness", "Contrast of neighbouring samples over their mean; falls with focus.", { $0.sharpness }),
        ]
        for gauge in gauges {
            registry.observed(
                "fovea_sensor_\(gauge.name)", "\(gauge.help) Of raw frames, every ten seconds.", kind: .gauge,
                labels: ["sensor"]
            ) {
                sensors.all.compactMap { sensor in
                    sensor.health.map { (labels: [sensor.id.name], value: gauge.value($0)) }
                }
            }
        }
    }

    func observe(_ store: ResultStore) {
        registry.observed("fovea_store_queue_depth", "Results that wait to be written.", kind: .gauge) {
            [(labels: [], value: Double(store.queueDepth))]
        }
        registry.observed("fovea_store_written_total", "Results written to the store.", kind: .counter) {
            [(labels: [], value: Double(store.writtenCount))]
        }
        registry.observed("fovea_store_bytes", "Results, frames and pictures in the store.", kind: .gauge) {
            [(labels: [], value: Double(store.knownByteCount))]
        }
    }

    func observe(_ jobs: JobTable) {
        registry.observed("fovea_jobs_unfinished", "Jobs that wait or run.", kind: .gauge) {
            [(labels: [], value: Double(jobs.unfinishedCount))]
        }
    }

    func jobEnded(_ state: String) { jobs.add(1, state) }

    func webhookCalled(isDelivered: Bool) { webhookCalls.add(1, isDelivered ? "delivered" : "failed") }

    func notStored(_ reason: String) { unstored.add(1, reason) }

    func requestBegan() { inFlight.add(1, ordering: .relaxed) }

    func requestEnded(method: String, route: String, status: Int, duration: Duration) {
        inFlight.subtract(1, ordering: .relaxed)
        requests.add(1, method, route, "\(status)")
        requestDurations.observe(duration / .seconds(1), method, route)
    }

    func answered(_ result: FrameResult, sensor: String?) {
        frames.add(1, sensor ?? Self.noSensor, "answered")
        RequestTrace.current?.answered(result)
        for (stage, milliseconds) in result.timings { stageDurations.observe(milliseconds / 1e3, stage) }
    }

    func dropped(_ reason: DropReason, sensor: String?) {
        frames.add(1, sensor ?? Self.noSensor, "dropped")
        drops.add(1, sensor ?? Self.noSensor, reason.rawValue)
    }

    func cameraConnection(_ sensor: String, _ outcome: String) { cameraConnections.add(1, sensor, outcome) }

    /// The sensor made room for another.
    func evicted(sensor: String) {
        for counter in [frames, drops, streamDrops] { counter.fold("sensor", sensor, into: Self.evicted) }
    }

    func missedByReader(sensor: String, stream: String) { streamDrops.add(1, sensor, stream) }
}
