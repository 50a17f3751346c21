internal import Synchronization
internal import Tensors
package import Vision

/// What a manifest adds to a network: how a picture becomes its input, and what its outputs mean.
package final class VisionModel: Sendable {
    package let manifest: ModelManifest
    private let decoder: HeadDecoder
    /// Class indices by label, to check class filters.
    private let classIDs: [String: Int]
    /// Seats that no frame holds now, so that memory is allocated only when more frames overlap than ever before.
    private let idleSeats = Mutex<[InputSeat]>([])

    init(_ manifest: ModelManifest) {
        self.manifest = manifest
        decoder = HeadDecoder(manifest)
        classIDs = Dictionary(
            manifest.labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    var expectedOutputs: [String] { decoder.expectedOutputs.map(\.name) }

    /// Answers for one picture; boxes are in its pixels once it is upright.
    ///
    /// - Parameter run: the network.
    /// - Throws: `VisionError`, and what `run` throws.
    func predict(
        _ content: ModelView.Content, options: DecodingOptions, parallelism: Parallelism, clock: inout StageClock,
        isCancelled: @Sendable () -> Bool, run: ([String: Tensor]) throws -> [String: Tensor]
    ) throws -> Predictions {
        let seat = takeSeat(rows: 1)
        defer { idleSeats.withLock { $0.append(seat) } }
        let geometry = try clock.measure("prepare") { () throws(VisionError) in
            try seat.prepare(content, parallelism: parallelism, isCancelled: isCancelled)
        }
        let before = StageClock.now()
        let outputs = try run(seat.tensors)
        clock.record("inference", nanoseconds: StageClock.now() - before)
        return try clock.measure("postprocess") { () throws(VisionError) in
            try decoder.decode(outputs, geometry: geometry, options: options)
        }
    }

    /// Answers for two pictures in one run of the network, whose weights are then read once for both.
    ///
    /// - Parameter run: the network on two rows.
    /// - Throws: `VisionError`, and what `run` throws.
    func predict(
        _ pair: (
            (content: ModelView.Content, options: DecodingOptions),
            (content: ModelView.Content, options: DecodingOptions)
        ),
        parallelism: Parallelism, clock: inout StageClock, isCancelled: @Sendable () -> Bool,
        run: ([String: Tensor]) throws -> [String: Tensor]
    ) throws -> (Predictions, Predictions) {
        let seat = takeSeat(rows: 2)
        defer { idleSeats.withLock { $0.append(seat) } }
        let before = StageClock.now()
        let first = try seat.prepare(pair.0.content, row: 0, parallelism: parallelism, isCancelled: isCancelled)
        let second = try seat.prepare(pair.1.content, row: 1, parallelism: parallelism, isCancelled: isCancelled)
        let prepared = StageClock.now()
        clock.record("prepare", nanoseconds: prepared - before)
        let outputs = try run(seat.tensors)
        clock.record("inference", nanoseconds: StageClock.now() - prepared)
        return try clock.measure("postprocess") { () throws(VisionError) in
            (
                try decoder.decode(outputs, item: 0, geometry: first, options: pair.0.options),
                try decoder.decode(outputs, item: 1, geometry: second, options: pair.1.options)
            )
        }
    }

    private func takeSeat(rows: Int) -> InputSeat {
        idleSeats.withLock { seats in
            guard let index = seats.lastIndex(where: { $0.rows == rows }) else { return nil }
            return seats.remove(at: index)
        } ?? InputSeat(manifest.input, rows: rows)
    }

    /// Class indices of labels.
    ///
    /// - Throws: ``PipelineError/unknownClass(name:model:)``.
    func classIDs(of labels: [String]) throws(PipelineError) -> Set<Int> {
        var ids: Set<Int> = []
        for label in labels {
            guard let id = classIDs[label] else { throw .unknownClass(name: label, model: manifest.name) }
            ids.insert(id)
        }
        return ids
    }
}
