import Pipeline

/// ``ModelMetrics`` under the names of Triton Inference Server, in microseconds, for dashboards that know those.
enum TritonMetrics {
    private typealias Value = @Sendable (ModelStatistics.Snapshot) -> Double

    static func register(in registry: MetricsRegistry, library: ModelLibrary) {
        let counters: [(name: String, help: String, value: Value)] = [
            ("nv_inference_request_success", "Requests answered.", { Double($0.success.count) }),
            ("nv_inference_count", "Rows answered.", { Double($0.inferenceCount) }),
            ("nv_inference_exec_count", "Runs of the network.", { Double($0.executionCount) }),
            ("nv_inference_request_duration_us", "Time of requests.", { microseconds($0.success) }),
            ("nv_inference_queue_duration_us", "Time that requests waited.", { microseconds($0.queue) }),
            ("nv_inference_compute_input_duration_us", "Time for inputs.", { microseconds($0.computeInput) }),
            ("nv_inference_compute_infer_duration_us", "Time in the network.", { microseconds($0.computeInfer) }),
            ("nv_inference_compute_output_duration_us", "Time for outputs.", { microseconds($0.computeOutput) }),
        ]
        for (name, help, value) in counters {
            registry.observed(name, help, kind: .counter, labels: ["model", "version"]) {
                library.loaded.map { (labels: [$0.name, $0.version], value: value($0.statistics.snapshot)) }
            }
        }
        registry.observed(
            "nv_inference_request_failure", "Requests that failed.", kind: .counter,
            labels: ["model", "version", "reason"]
        ) {
            library.loaded.map {
                (labels: [$0.name, $0.version, "OTHER"], value: Double($0.statistics.snapshot.fail.count))
            }
        }
    }

    private static func microseconds(_ total: ModelStatistics.Total) -> Double {
        (Double(total.nanoseconds) / 1e3).rounded()
    }
}
