package import Tensors

/// An ONNX `ModelProto`, decoded without copying tensor data: tensors keep their byte ranges of the mapped file.
package struct ONNXModel: Sendable {
    package var irVersion = 0
    package var producerName = ""
    package var producerVersion = ""
    package var domain = ""
    package var modelVersion = 0
    package var documentation = ""
    /// Version of each imported operator set; `""` is the standard domain (`ai.onnx` reads as `""`).
    package var opsets: [String: Int] = [:]
    package var metadata: [String: String] = [:]
    package var graph = ONNXGraph()
    package var functions: [ONNXFunction] = []
    /// The folder that external data must lie in; `nil` when the model does not come from a file.
    package var directory: String?
    package var limits: ONNXLimits
    /// The whole file.
    package var storage: ByteStorage

    /// Maps and decodes a model file.
    package static func load(path: String, limits: ONNXLimits = .init()) throws(ONNXFormatError) -> ONNXModel {
        let storage: ByteStorage
        do { storage = try ByteStorage.mapping(path: path) } catch { throw .file(error) }
        var directory = "."
        if let slash = path.lastIndex(of: "/") { directory = slash == path.startIndex ? "/" : String(path[..<slash]) }
        return try ONNXModel(storage: storage, directory: directory, limits: limits)
    }

    /// Decodes a model that is in memory; external data is refused unless `directory` is given.
    package init(
        storage: ByteStorage, directory: String? = nil, limits: ONNXLimits = .init()
    ) throws(ONNXFormatError) {
        self.storage = storage
        self.directory = directory
        self.limits = limits
        var allowance = Allowance(limits)
        var reader = WireReader(storage)
        var hasGraph = false
        while let field = try reader.next() {
            switch field.number {
            case 1: irVersion = try reader.int(field)
            case 2: producerName = try reader.string(field)
            case 3: producerVersion = try reader.string(field)
            case 4: domain = try reader.string(field)
            case 5: modelVersion = try reader.int(field)
            case 6: documentation = try reader.string(field)
            case 7:
                if hasGraph { throw .malformed(offset: field.offset, detail: "a second graph") }
                graph = try ONNXGraph(try reader.message(field), &allowance, depth: 1)
                hasGraph = true
            case 8: try Self.readOpset(try reader.message(field), &allowance, into: &opsets)
            case 14:
                let (key, value) = try Self.readEntry(try reader.message(field), &allowance)
                metadata[key] = value
            case 25: functions.append(try ONNXFunction(try reader.message(field), &allowance))
            default: try reader.skip(field)
            }
        }
        guard hasGraph else { throw .malformed(offset: 0, detail: "no graph: not an ONNX model") }
    }

    /// `OperatorSetIdProto`.
    static func readOpset(
        _ message: WireReader, _ allowance: inout Allowance, into opsets: inout [String: Int]
    ) throws(ONNXFormatError) {
        try allowance.takeEntry()
        var reader = message
        var domain = ""
        var version = 0
        while let field = try reader.next() {
            switch field.number {
            case 1: domain = try reader.string(field)
            case 2: version = try reader.int(field)
            default: try reader.skip(field)
            }
        }
        opsets[ONNXNode.canonicalDomain(domain)] = version
    }

    /// `StringStringEntryProto`.
    static func readEntry(
        _ message: WireReader, _ allowance: inout Allowance
    ) throws(ONNXFormatError) -> (key: String, value: String) {
        try allowance.takeEntry()
        var reader = message
        var key = ""
        var value = ""
        while let field = try reader.next() {
            switch field.number {
            case 1: key = try reader.string(field)
            case 2: value = try reader.string(field)
            default: try reader.skip(field)
            }
        }
        return (key, value)
    }
}
