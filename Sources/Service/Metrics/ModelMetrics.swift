import Pipeline

/// What each loaded model did, as its statistics count it.
enum ModelMetrics {
    static func register(in registry: MetricsRegistry, library: ModelLibrary) {
        registry.observed(
            "fovea_model_requests_total", "Requests to a model, by what became of them.", kind: .counter,
            labels: ["model", "version", "outcome"]
        ) {
            library.loaded.flatMap { model in
                let snapshot = model.statistics.snapshot
                return [("answered", snapshot.success.count), ("failed", snapshot.fail.count)].map {
                    (labels: [model.name, model.version, $0.0], value: Double($0.1))
                }
            }
        }
        registry.observed(
            "fovea_model_runs_total", "Runs of a model's network, by the number of rows that ran together.",
            kind: .counter, labels: ["model", "version", "rows"]
        ) {
            library.loaded.flatMap { model in
                model.statistics.snapshot.batches.sorted { $0.key < $1.key }.map { rows, totals in
                    (labels: [model.name, model.version, "\(rows)"], value: Double(totals.computeInfer.count))
                }
            }
        }
        registry.observed(
            "fovea_model_seconds_total", "Time that requests to a model spent, by part.", kind: .counter,
            labels: ["model", "version", "part"]
        ) {
            library.loaded.flatMap { model in
                let snapshot = model.statistics.snapshot
                return [
                    ("queue", snapshot.queue), ("input", snapshot.computeInput), ("infer", snapshot.computeInfer),
                    ("output", snapshot.computeOutput),
                ].map { (labels: [model.name, model.version, $0.0], value: Double($0.1.nanoseconds) / 1e9) }
            }
        }
    }
}
