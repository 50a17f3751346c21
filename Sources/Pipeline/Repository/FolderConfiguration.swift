internal import Graph
internal import Tensors

/// What `config.pbtxt` says of a model: the configuration of Triton Inference Server's model repositories (its
/// `model_config.proto`), as far as it is obeyed here. What it does not name stays as the network, `model.json` and the settings have it.
struct FolderConfiguration: Sendable, Equatable {
    /// An input or output.
    struct Port: Sendable, Equatable {
        var name: String
        var dataType: DataType?
        /// -1 for an extent that requests decide; without the batch's where there is one.
        var extents: [Int]?
        /// A file beside `config.pbtxt` with a label a line.
        var labelFile: String?
    }

    /// 0: the network takes requests as they are, one by one.
    var maximumBatchSize: Int?
    var inputs: [Port] = []
    var outputs: [Port] = []
    var preferredRows: [Int]?
    var delayMicroseconds: Int?
    var versionPolicy: VersionPolicy?
    /// The network's file in each version's folder.
    var fileName: String?
    var precision: Precision?
    var numerics: Numerics?
    /// As written, for those who ask for the configuration.
    var parameters: [String: String] = [:]

    private static let names = ["backend": ["onnxruntime", "fovea"], "platform": ["onnxruntime_onnx", "fovea_onnx"]]

    /// - Parameter folder: the folder's name, which the configuration's must be.
    /// - Throws: ``TextMessageError`` naming the field at fault.
    init(text bytes: [UInt8], folder: String) throws(TextMessageError) {
        var top = TextFields(try TextMessage(parsing: bytes))
        if let name = try top.text("name"), name != folder {
            throw top.error("name", "is '\(name)', the folder is '\(folder)'")
        }
        for (key, known) in Self.names.sorted(by: { $0.key < $1.key }) {
            if let value = try top.text(key, bytes: 0...256), !value.isEmpty, !known.contains(value) {
                throw top.error(key, "'\(value)' is not run here; there are: \(known.joined(separator: ", "))")
            }
        }
        maximumBatchSize = try top.integer("max_batch_size", in: 0...65_536)
        inputs = try Self.ports("input", of: &top)
        outputs = try Self.ports("output", of: &top)
        if let policy = try top.message("version_policy") { versionPolicy = try VersionPolicy(policy) }
        if let batching = try top.message("dynamic_batching") { try readBatching(batching) }
        for group in try top.messages("instance_group") { try Self.checkInstances(group) }
        if let name = try top.text("default_model_filename", bytes: 1...255) {
            guard !name.contains("/"), !name.hasPrefix(".") else {
                throw top.error("default_model_filename", "'\(name)' is not a file's bare name")
            }
            fileName = name
        }
        for entry in try top.messages("parameters") { try readParameter(entry) }
        try top.finish()
        if let maximumBatchSize, let preferredRows, let size = preferredRows.first(where: { $0 > maximumBatchSize }) {
            throw top.error(
                "dynamic_batching.preferred_batch_size", "is \(size), and max_batch_size is \(maximumBatchSize)")
        }
    }

    private static func ports(_ name: String, of top: inout TextFields) throws(TextMessageError) -> [Port] {
        var ports: [Port] = []
        for message in try top.messages(name) {
            let port = try Port(message, isInput: name == "input")
            guard !ports.contains(where: { $0.name == port.name }) else {
                throw message.error("name", "'\(port.name)' stands twice")
            }
            ports.append(port)
        }
        return ports
    }

    private mutating func readBatching(_ message: TextFields) throws(TextMessageError) {
        var message = message
        let sizes = try message.integers("preferred_batch_size", in: 1...65_536)
        preferredRows = sizes.isEmpty ? nil : sizes.sorted()
        delayMicroseconds = try message.integer("max_queue_delay_microseconds", in: 0...10_000_000)
        try message.finish()
    }

    /// Instances share the compute threads whatever their number; only where they would run elsewhere is it said.
    private static func checkInstances(_ group: TextFields) throws(TextMessageError) {
        var group = group
        _ = try group.text("name")
        _ = try group.integer("count", in: 0...4096)
        if let kind = try group.word("kind"), kind != "KIND_CPU", kind != "KIND_AUTO" {
            throw group.error("kind", "is \(kind); networks run on the processor: KIND_CPU or KIND_AUTO")
        }
        try group.finish()
    }

    private mutating func readParameter(_ message: TextFields) throws(TextMessageError) {
        var message = message
        guard let key = try message.text("key") else { throw message.error("key", "is missing") }
        var value = ""
        if var inner = try message.message("value") {
            value = try inner.text("string_value", bytes: 0...65_536) ?? ""
            try inner.finish()
        }
        try message.finish()
        guard parameters.updateValue(value, forKey: key) == nil else {
            throw message.error("key", "'\(key)' stands twice")
        }
        switch key {
        case "precision": precision = try Self.choice(value, message)
        case "numerics": numerics = try Self.choice(value, message)
        default: break
        }
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ value: String, _ message: TextFields
    ) throws(TextMessageError) -> Choice {
        guard let choice = Choice(rawValue: value) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw message.error("value", "is '\(value)', allowed are: \(known)")
        }
        return choice
    }
}

extension FolderConfiguration.Port {
    private static let formats = ["FORMAT_NONE", "FORMAT_NCHW", "FORMAT_NHWC"]
    private static let types: [String: DataType] = [
        "TYPE_BOOL": .bool, "TYPE_UINT8": .uint8, "TYPE_UINT16": .uint16, "TYPE_UINT32": .uint32,
        "TYPE_UINT64": .uint64, "TYPE_INT8": .int8, "TYPE_INT16": .int16, "TYPE_INT32": .int32, "TYPE_INT64": .int64,
        "TYPE_FP16": .float16, "TYPE_FP32": .float32, "TYPE_FP64": .float64, "TYPE_BF16": .bfloat16,
        "TYPE_STRING": .string,
    ]

    fileprivate init(_ message: TextFields, isInput: Bool) throws(TextMessageError) {
        var message = message
        guard let name = try message.text("name") else { throw message.error("name", "is missing") }
        self.name = name
        if let text = try message.word("data_type") {
            guard let type = Self.types[text] else {
                throw message.error(
                    "data_type", "\(text) is none of \(Self.types.keys.sorted().joined(separator: ", "))")
            }
            dataType = type
        }
        let extents = try message.integers("dims", in: -1...(1 << 40))
        if extents.contains(0) { throw message.error("dims", "an extent is 0") }
        self.extents = extents.isEmpty ? nil : extents
        if isInput {
            if let format = try message.word("format"), !Self.formats.contains(format) {
                throw message.error("format", "\(format) is none of \(Self.formats.joined(separator: ", "))")
            }
        } else if let file = try message.text("label_filename", bytes: 1...255) {
            guard !file.contains("/"), !file.hasPrefix(".") else {
                throw message.error("label_filename", "'\(file)' is not a file's bare name")
            }
            labelFile = file
        }
        try message.finish()
    }
}

extension VersionPolicy {
    fileprivate init(_ message: TextFields) throws(TextMessageError) {
        var message = message
        let latest = try message.message("latest")
        let all = try message.message("all")
        let specific = try message.message("specific")
        try message.finish()
        guard [latest, all, specific].filter({ $0 != nil }).count == 1 else {
            throw message.error("", "is one of latest, all and specific")
        }
        if var latest {
            self = .latest(try latest.integer("num_versions", in: 1...64) ?? 1)
            try latest.finish()
        } else if var specific {
            let versions = try specific.integers("versions", in: 0...Int.max)
            guard !versions.isEmpty else { throw specific.error("versions", "is missing") }
            self = .specific(versions.map(String.init))
            try specific.finish()
        } else {
            self = .all
            try all?.finish()
        }
    }
}
