import Pipeline

/// What models did since they were loaded, as `GET /v2/models/stats` tells it.
struct ModelStatisticsListing: Encodable {
    struct Duration: Encodable {
        var count: UInt64
        var ns: UInt64

        init(_ total: ModelStatistics.Total) {
            count = total.count
            ns = total.nanoseconds
        }
    }

    struct Inference: Encodable {
        var success: Duration
        var fail: Duration
        var queue: Duration
        var computeInput: Duration
        var computeInfer: Duration
        var computeOutput: Duration
        var cacheHit = Duration(.init())
        var cacheMiss = Duration(.init())

        enum CodingKeys: String, CodingKey {
            case success, fail, queue
            case computeInput = "compute_input"
            case computeInfer = "compute_infer"
            case computeOutput = "compute_output"
            case cacheHit = "cache_hit"
            case cacheMiss = "cache_miss"
        }
    }

    struct Batch: Encodable {
        var batchSize: Int
        var computeInput: Duration
        var computeInfer: Duration
        var computeOutput: Duration

        enum CodingKeys: String, CodingKey {
            case batchSize = "batch_size"
            case computeInput = "compute_input"
            case computeInfer = "compute_infer"
            case computeOutput = "compute_output"
        }
    }

    struct Model: Encodable {
        struct Nothing: Encodable {}

        var name: String
        var version: String
        /// Milliseconds since 1970.
        var lastInference: UInt64
        var inferenceCount: UInt64
        var executionCount: UInt64
        var inferenceStats: Inference
        var responseStats = Nothing()
        var batchStats: [Batch]
        var memoryUsage: [Nothing] = []

        enum CodingKeys: String, CodingKey {
            case name, version
            case lastInference = "last_inference"
            case inferenceCount = "inference_count"
            case executionCount = "execution_count"
            case inferenceStats = "inference_stats"
            case responseStats = "response_stats"
            case batchStats = "batch_stats"
            case memoryUsage = "memory_usage"
        }

        init(_ model: LoadedModel) {
            let snapshot = model.statistics.snapshot
            name = model.name
            version = model.version
            lastInference = snapshot.lastInference
            inferenceCount = snapshot.inferenceCount
            executionCount = snapshot.executionCount
            inferenceStats = Inference(
                success: Duration(snapshot.success), fail: Duration(snapshot.fail), queue: Duration(snapshot.queue),
                computeInput: Duration(snapshot.computeInput), computeInfer: Duration(snapshot.computeInfer),
                computeOutput: Duration(snapshot.computeOutput))
            batchStats = snapshot.batches.sorted { $0.key < $1.key }.map { rows, totals in
                Batch(
                    batchSize: rows, computeInput: Duration(totals.computeInput),
                    computeInfer: Duration(totals.computeInfer), computeOutput: Duration(totals.computeOutput))
            }
        }
    }

    var modelStats: [Model]

    enum CodingKeys: String, CodingKey { case modelStats = "model_stats" }
}
