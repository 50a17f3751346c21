import Logging
import Pipeline
import Store
import Vision

/// What all routes share.
struct ServiceState: Sendable {
    let configuration: ServiceConfiguration
    let analyzer: any FrameAnalyzing
    /// Where tensors go; `nil` for a service that only takes frames.
    let pipeline: FramePipeline?
    let build: FrameResult.Build
    /// Who may do what; `nil` where nobody is asked for a key.
    let access: AccessControl?
    let audit: AuditLog?
    /// Where results are kept; `nil` where none are.
    let store: ResultStore?
    /// `nil` where traces are not exported.
    let exporter: TraceExporter?
    let sensors: SensorRegistry
    let metrics: ServiceMetrics
    let reader: BodyReader
    let background = BackgroundWork()
    let jobs: JobTable
    let idempotency: IdempotencyTable

    init(
        analyzer: any FrameAnalyzing, pipeline: FramePipeline?, configuration: ServiceConfiguration,
        build: FrameResult.Build, access: AccessControl?, audit: AuditLog?, store: ResultStore?,
        exporter: TraceExporter?, jobs: JobsConfiguration, logger: Logger
    ) throws(ConfigurationError) {
        self.configuration = configuration
        self.analyzer = analyzer
        self.pipeline = pipeline
        self.build = build
        self.access = access
        self.audit = audit
        self.store = store
        self.exporter = exporter
        sensors = SensorRegistry(configuration: configuration)
        metrics = ServiceMetrics(analyzer: analyzer, sensors: sensors, build: build)
        if let audit {
            metrics.registry.observed(
                "fovea_audit_failures_total", "Lines that could not be written to the audit log.", kind: .counter
            ) { [(labels: [], value: Double(audit.failures))] }
        }
        if let exporter { TraceExporter.register(exporter, in: metrics.registry) }
        if let pipeline {
            ModelMetrics.register(in: metrics.registry, library: pipeline.library)
            if configuration.operations.tritonMetrics {
                TritonMetrics.register(in: metrics.registry, library: pipeline.library)
            }
        }
        if let store { metrics.observe(store) }
        self.jobs = try JobTable(jobs, store: store, background: background, metrics: metrics, logger: logger)
        idempotency = IdempotencyTable(age: jobs.idempotencyAge)
        metrics.observe(self.jobs)
        reader = BodyReader(
            limit: configuration.maximumBodyBytes, budget: ByteBudget(limit: configuration.maximumBufferedBytes))
    }

    /// The sensor with this id, made if it is new.
    ///
    /// - Throws: 429 when there is no place for another.
    func sensor(_ id: SensorID) throws(Problem) -> Sensor {
        try sensors.findOrAdd(
            id, onEvict: { metrics.evicted(sensor: $0.name) },
            onMiss: { [metrics] stream in metrics.missedByReader(sensor: id.name, stream: stream) })
    }
}
