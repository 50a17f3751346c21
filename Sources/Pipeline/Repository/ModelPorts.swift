internal import Graph
internal import Inference
internal import Tensors
internal import Vision

/// What a model takes and gives, as clients are told: the network's own tensors, narrowed by what `config.pbtxt` says of them.
struct ModelPorts: Sendable {
    let inputs: [Session.Port]
    let outputs: [Session.Port]
    /// The most rows of one request, where `config.pbtxt` says; 0: there is no axis of rows.
    let maximumBatchSize: Int?
    /// By output.
    let labels: [String: [String]]

    /// Whether every tensor's first extent is open, so that requests can be joined along it.
    let isBatchable: Bool

    /// - Throws: ``PipelineError/badModel(name:detail:)`` where the configuration contradicts the network.
    init(_ session: Session, folder: ModelFolder) throws(PipelineError) {
        let openRows = (session.inputs + session.outputs).allSatisfy { Self.isOpen($0.type.dimensions?.first) }
        guard let configuration = folder.configuration else {
            (inputs, outputs, maximumBatchSize, labels) = (session.inputs, session.outputs, nil, [:])
            isBatchable = openRows
            return
        }
        let limit = configuration.maximumBatchSize
        isBatchable = openRows && limit != 0
        maximumBatchSize = limit
        if let limit, limit > 0, !openRows {
            throw Self.contradiction(
                folder,
                "max_batch_size is \(limit), and the network leaves the first extent open of not every tensor: "
                    + (session.inputs + session.outputs).map { "\($0.name) \($0.type)" }.joined(separator: ", "))
        }
        let all = configuration.inputs.map { ("input", $0) } + configuration.outputs.map { ("output", $0) }
        var narrowed: [String: [String: ValueType]] = ["input": [:], "output": [:]]
        for (kind, port) in all {
            let known = kind == "input" ? session.inputs : session.outputs
            guard let found = known.first(where: { $0.name == port.name }) else {
                throw Self.contradiction(
                    folder, "\(kind) '\(port.name)': the network has " + known.map(\.name).joined(separator: ", "))
            }
            guard let type = Self.narrowed(found.type, by: port, isBatched: limit.map { $0 > 0 }) else {
                let asked = (port.dataType.map { "\($0)" } ?? "") + (port.extents.map { "\($0)" } ?? "")
                throw Self.contradiction(
                    folder,
                    "\(kind) '\(port.name)' is \(asked)\((limit ?? 0) > 0 ? " behind the batch's extent" : "")"
                        + ", the network has \(found.type)")
            }
            narrowed[kind]?[port.name] = type
        }
        inputs = session.inputs.map { ($0.name, narrowed["input"]?[$0.name] ?? $0.type) }
        let listed = configuration.outputs.map(\.name)
        outputs = session.outputs.filter { listed.isEmpty || listed.contains($0.name) }
            .map { ($0.name, narrowed["output"]?[$0.name] ?? $0.type) }
        labels = try Self.labels(configuration, folder)
    }

    private static func contradiction(_ folder: ModelFolder, _ detail: String) -> PipelineError {
        .badModel(name: folder.name, detail: "config.pbtxt: \(detail)")
    }

    private static func isOpen(_ extent: Dimension?) -> Bool { extent.map { $0.fixedExtent == nil } ?? false }

    /// - Parameter isBatched: whether `port` leaves out the first extent; `nil`: told by the number of extents.
    /// - Returns: `nil` where the two contradict each other.
    private static func narrowed(_ type: ValueType, by port: FolderConfiguration.Port, isBatched: Bool?) -> ValueType? {
        if let dataType = port.dataType, dataType != type.dataType { return nil }
        guard let extents = port.extents else { return type }
        guard let own = type.dimensions else {
            let rows = isBatched == true ? [Dimension.unknown] : []
            return ValueType(type.dataType, rows + extents.map { $0 < 0 ? .unknown : .fixed($0) })
        }
        let leavesRowsOut = isBatched ?? (extents.count == own.count - 1 && isOpen(own.first))
        let given = (leavesRowsOut ? [-1] : []) + extents
        guard given.count == own.count else { return nil }
        var dimensions = own
        for (index, extent) in given.enumerated() where extent >= 0 {
            guard (own[index].fixedExtent ?? extent) == extent else { return nil }
            dimensions[index] = .fixed(extent)
        }
        return ValueType(type.dataType, dimensions)
    }

    private static func labels(
        _ configuration: FolderConfiguration, _ folder: ModelFolder
    ) throws(PipelineError) -> [String: [String]] {
        var labels: [String: [String]] = [:]
        for output in configuration.outputs {
            guard let file = output.labelFile else { continue }
            let text: ByteStorage
            do { text = try ByteStorage.reading(path: "\(folder.path)/\(file)", maximumByteCount: 4 << 20) } catch {
                throw contradiction(folder, "output '\(output.name)': label_filename: \(error)")
            }
            guard let lines = String(validating: text.bytes, as: UTF8.self) else {
                throw contradiction(folder, "output '\(output.name)': \(file) is not UTF-8")
            }
            let list = lines.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
            let names = list.last == "" ? Array(list.dropLast()) : list
            if let manifest = folder.manifest, manifest.labels != names, manifest.labels.count == names.count {
                throw contradiction(folder, "output '\(output.name)': \(file) has other labels than model.json")
            }
            labels[output.name] = names
        }
        return labels
    }
}
