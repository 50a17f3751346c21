import Pipeline
import Vision

/// What all routes share.
struct ServiceState: Sendable {
    let configuration: ServiceConfiguration
    let analyzer: any FrameAnalyzing
    let build: FrameResult.Build
    let sensors: SensorRegistry
    let metrics: ServiceMetrics
    let reader: BodyReader
    let background = BackgroundWork()

    init(analyzer: any FrameAnalyzing, configuration: ServiceConfiguration, build: FrameResult.Build) {
        self.configuration = configuration
        self.analyzer = analyzer
        self.build = build
        sensors = SensorRegistry(configuration: configuration)
        metrics = ServiceMetrics(analyzer: analyzer, sensors: sensors, build: build)
        reader = BodyReader(
            limit: configuration.maximumBodyBytes, budget: ByteBudget(limit: configuration.maximumBufferedBytes))
    }
}
