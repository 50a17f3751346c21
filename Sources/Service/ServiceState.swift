import Pipeline
import Vision

/// What all routes share.
struct ServiceState: Sendable {
    let configuration: ServiceConfiguration
    let analyzer: any FrameAnalyzing
    /// Where tensors go; `nil` for a service that only takes frames.
    let pipeline: FramePipeline?
    let build: FrameResult.Build
    /// Who may do what; `nil` where nobody is asked for a key.
    let keys: KeyTable?
    let sensors: SensorRegistry
    let metrics: ServiceMetrics
    let reader: BodyReader
    let background = BackgroundWork()

    init(
        analyzer: any FrameAnalyzing, pipeline: FramePipeline?, configuration: ServiceConfiguration,
        build: FrameResult.Build, keys: KeyTable?
    ) {
        self.configuration = configuration
        self.analyzer = analyzer
        self.pipeline = pipeline
        self.build = build
        self.keys = keys
        sensors = SensorRegistry(configuration: configuration)
        metrics = ServiceMetrics(analyzer: analyzer, sensors: sensors, build: build)
        if let pipeline { ModelMetrics.register(in: metrics.registry, library: pipeline.library) }
        reader = BodyReader(
            limit: configuration.maximumBodyBytes, budget: ByteBudget(limit: configuration.maximumBufferedBytes))
    }

    /// The sensor with this id, made if it is new.
    ///
    /// - Throws: 429 when there is no place for another.
    func sensor(_ id: SensorID) throws(Problem) -> Sensor {
        try sensors.findOrAdd(id) { [metrics] stream in metrics.missedByReader(sensor: id.name, stream: stream) }
    }
}
