internal import Codecs
internal import Graph
package import ISP
package import Inference
internal import ONNX
package import Quantization
internal import Tensors
package import Vision

/// A model's network on the way to int8: calibrated on pictures, measured on others, its most sensitive products left in float
/// until the answers agree.
package struct ModelQuantization {
    package struct Settings: Sendable {
        package var observer = RangeObserver.mse
        package var equalizes = true
        package var correctsBiases = true
        /// What ``Agreement/score`` is to reach on the pictures held back from calibration; `nil` takes what comes.
        package var agreement: Double? = 0.95
        /// Pictures to calibrate with at most; each also counts mirrored.
        package var maximumPictures = 24
        /// Measures every product's sensitivity, not only when some must stay float.
        package var measuresSensitivity = false

        package init() {}
    }

    /// How far the work is.
    package enum Stage: Sendable, Equatable {
        case pictures, ranges, biases, agreement
        case sensitivity(done: Int, of: Int)
        case mixing(floating: Int)
    }

    package struct Result: Sendable {
        /// The ONNX file.
        package var bytes: [UInt8]
        /// On the pictures held back.
        package var agreement: Agreement
        /// On pictures that had no part in any choice, where such are given.
        package var testAgreement: Agreement?
        /// The same with everything quantised, where some products stay float.
        package var fullAgreement: Agreement
        package var products: [ProductReport]
        package var calibrationPictures: Int
        package var equalizedPairs: Int
    }

    /// One product as the report shows it.
    package struct ProductReport: Sendable {
        package var name: String
        package var op: String
        package var weights: Int
        package var isFloat: Bool
        /// Of the input, where it is quantised.
        package var range: (low: Float, high: Float)?
        /// See ``ProductNoise``.
        package var noise: (before: Double, after: Double)?
        /// See ``ProductSensitivity``.
        package var sensitivity: Double?
    }

    private let manifest: ModelManifest
    private let model: ONNXModel
    private let developer: Developer
    private let pool: ComputePool
    private let report: (Stage) -> Void

    /// - Parameters:
    ///   - file: the float network.
    ///   - manifest: how pictures become its input, and what its outputs mean.
    ///   - report: told when a stage begins.
    /// - Throws: `SessionError`.
    package init(
        file: String, manifest: ModelManifest, developer: Developer, pool: ComputePool,
        report: @escaping (Stage) -> Void = { _ in }
    ) throws(SessionError) {
        do throws(ONNXFormatError) { model = try ONNXModel.load(path: file) } catch {
            if case .file(let error) = error { throw .file(error) }
            throw .format(error)
        }
        self.manifest = manifest
        self.developer = developer
        self.pool = pool
        self.report = report
    }

    /// Calibrates with three quarters of the pictures and measures on the rest, every fourth: none is in both.
    ///
    /// - Parameter test: pictures of which only the answers of the finished network are compared.
    ///
    /// The same file, pictures in the same order and settings give the same bytes.
    ///
    /// - Throws: `QuantizationError`; `CodecError` and `FileError` for pictures; `VisionError`.
    package func run(_ pictures: [FrameInput], test: [FrameInput] = [], settings: Settings) throws -> Result {
        var network = try FloatNetwork(model)
        guard !network.products.isEmpty else { throw QuantizationError.noProducts }
        let float = try Session(network.model())
        report(.pictures)
        let heldBack = try pictures.enumerated().filter { $0.offset % 4 == 3 }.map { try sample($0.element) }
        let samples = try pictures.enumerated().filter { $0.offset % 4 != 3 }.prefix(settings.maximumPictures)
            .map { try sample($0.element).tensors }
        guard !samples.isEmpty, !heldBack.isEmpty else { throw QuantizationError.noSamples }
        let calibration = samples + samples.map { CalibrationSample.mirrored($0, layout: manifest.input.layout) }
        let expected = try heldBack.map { try float.run($0.tensors, parallelism: pool.parallelism) }
        let pairs = settings.equalizes ? network.equalize() : 0

        let full = QuantizationPlan(network.graph)
        report(.ranges)
        let ranges = try RangeCalibration(
            network, plan: full, samples: calibration, parallelism: pool.parallelism)
        /// Quantises all but `floating`, and measures.
        func attempt(_ floating: Set<Int>) throws -> Attempt {
            let plan = QuantizationPlan(network.graph, floating: floating)
            let scales =
                floating.isEmpty
                ? ranges.scales(settings.observer)
                : try RangeCalibration(
                    network, plan: plan, samples: calibration, parallelism: pool.parallelism
                ).scales(settings.observer)
            var quantized = QuantizedNetwork(network, plan: plan, scales: scales)
            var noise: [ProductNoise] = []
            if settings.correctsBiases {
                report(.biases)
                noise = try quantized.correctBiases(samples: calibration, parallelism: pool.parallelism)
            }
            report(.agreement)
            let bytes = try quantized.model().encoded()
            return Attempt(
                network: quantized, floating: floating, bytes: bytes, noise: noise,
                agreement: try agreement(of: bytes, with: expected, on: heldBack))
        }

        let first = try attempt([])
        var best = first
        let target = settings.agreement ?? 0
        var sensitivities: [ProductSensitivity] = []
        if settings.measuresSensitivity || first.agreement.score < target {
            sensitivities = try first.network.sensitivities(
                samples: Array(samples.prefix(4)), parallelism: pool.parallelism
            ) { done, count in report(.sensitivity(done: done, of: count)) }
        }
        if first.agreement.score < target {
            best = try leastFloating(sensitivities.map(\.node), target: target, first: first, attempt)
        }
        let tested = try test.map { try sample($0) }
        let testAgreement =
            try tested.isEmpty
            ? nil
            : agreement(
                of: best.bytes, with: tested.map { try float.run($0.tensors, parallelism: pool.parallelism) },
                on: tested)
        return Result(
            bytes: best.bytes, agreement: best.agreement, testAgreement: testAgreement, fullAgreement: first.agreement,
            products: reports(best, sensitivities), calibrationPictures: samples.count, equalizedPairs: pairs)
    }

    private struct Attempt {
        var network: QuantizedNetwork
        var floating: Set<Int>
        var bytes: [UInt8]
        var noise: [ProductNoise]
        var agreement: Agreement
    }

    /// Leaves more and more of the costliest products in float, twice as many each time, then fewer again while the target
    /// holds.
    private func leastFloating(
        _ ranking: [Int], target: Double, first: Attempt, _ attempt: (Set<Int>) throws -> Attempt
    ) throws -> Attempt {
        var (failing, best) = (0, first)
        var count = 1
        while true {
            report(.mixing(floating: count))
            let tried = try attempt(Set(ranking.prefix(count)))
            if tried.agreement.score > best.agreement.score { best = tried }
            if tried.agreement.score >= target { break }
            if count >= ranking.count { return best }
            failing = count
            count = min(2 * count, ranking.count)
        }
        while count - failing > 1 {
            let middle = (count + failing) / 2
            report(.mixing(floating: middle))
            let tried = try attempt(Set(ranking.prefix(middle)))
            if tried.agreement.score >= target { (count, best) = (middle, tried) } else { failing = middle }
        }
        return best
    }

    /// Compares a file's answers with those of the float network.
    private func agreement(
        of bytes: [UInt8], with expected: [[String: Tensor]], on pictures: [CalibrationSample]
    ) throws -> Agreement {
        let session = try Session(storage: ByteStorage(bytes))
        var meter = AgreementMeter(manifest)
        for (picture, outputs) in zip(pictures, expected) {
            try meter.add(
                float: outputs, quantized: session.run(picture.tensors, parallelism: pool.parallelism),
                geometry: picture.geometry)
        }
        return meter.agreement
    }

    private func sample(_ frame: FrameInput) throws -> CalibrationSample {
        try CalibrationSample(frame, network: manifest.input, developer: developer, pool: pool)
    }

    private func reports(_ attempt: Attempt, _ sensitivities: [ProductSensitivity]) -> [ProductReport] {
        let graph = attempt.network.float.graph
        let noise = Dictionary(uniqueKeysWithValues: attempt.noise.map { ($0.node, $0) })
        let errors = Dictionary(uniqueKeysWithValues: sensitivities.map { ($0.node, $0.error) })
        return attempt.network.float.products.map { product in
            let node = graph.nodes[product]
            let isFloat = attempt.floating.contains(product)
            let scale = node.inputs[0].flatMap { isFloat ? nil : attempt.network.scale(of: $0) }
            return ProductReport(
                name: node.description.name, op: node.description.op,
                weights: node.inputs[1].flatMap { graph.values[$0].constant?.elementCount } ?? 0, isFloat: isFloat,
                range: scale.map { ($0.low, $0.high) }, noise: noise[product].map { ($0.before, $0.after) },
                sensitivity: errors[product])
        }
    }
}
