import Pipeline
import Vision

/// What all routes share.
struct ServiceState: Sendable {
    let configuration: ServiceConfiguration
    let analyzer: any FrameAnalyzing
    /// Where tensors go; `nil` for a service that only takes frames.
    let pipeline: FramePipeline?
    let build: FrameResult.Build
    let sensors: SensorRegistry
    let metrics: ServiceMetrics
    let reader: BodyReader
    let background = BackgroundWork()

    init(
        analyzer: any FrameAnalyzing, pipeline: FramePipeline?, configuration: ServiceConfiguration,
        build: FrameResult.Build
    ) {
        self.configuration = configuration
        self.analyzer = analyzer
        self.pipeline = pipeline
        self.build = build
        sensors = SensorRegistry(configuration: configuration)
        metrics = ServiceMetrics(analyzer: analyzer, sensors: sensors, build: build)
        reader = BodyReader(
            limit: configuration.maximumBodyBytes, budget: ByteBudget(limit: configuration.maximumBufferedBytes))
    }
}
