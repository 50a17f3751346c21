internal import Tensors

extension ONNXModel {
    /// A model made in memory rather than read.
    ///
    /// - Parameter opsets: version of each operator set that the graph's nodes are of; `""` is the standard domain.
    package init(
        graph: ONNXGraph, opsets: [String: Int], irVersion: Int, producerName: String = "",
        producerVersion: String = "", metadata: [String: String] = [:], limits: ONNXLimits = .init()
    ) {
        self.graph = graph
        self.opsets = opsets
        self.irVersion = irVersion
        self.producerName = producerName
        self.producerVersion = producerVersion
        self.metadata = metadata
        self.limits = limits
        storage = ByteStorage(byteCount: 0)
    }

    /// The model as an ONNX file: fields in the order of their numbers, maps sorted by key, elements of tensors as
    /// `raw_data`. External data is taken in. The same model gives the same bytes.
    ///
    /// - Throws: ``ONNXFormatError`` for what this reader does not hold: declarations of sequences, maps and optionals,
    ///   attributes of unsupported kinds, tensors of strings; also when external data cannot be read.
    package func encoded() throws(ONNXFormatError) -> [UInt8] {
        let scope = EncodingScope(directory: directory, limits: limits)
        var writer = WireWriter()
        writer.int(1, irVersion)
        if !producerName.isEmpty { writer.string(2, producerName) }
        if !producerVersion.isEmpty { writer.string(3, producerVersion) }
        if !domain.isEmpty { writer.string(4, domain) }
        if modelVersion != 0 { writer.int(5, modelVersion) }
        if !documentation.isEmpty { writer.string(6, documentation) }
        try writer.message(7) { writer throws(ONNXFormatError) in try graph.encode(to: &writer, scope) }
        try Self.encode(opsets, field: 8, to: &writer)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            try writer.message(14) { writer throws(ONNXFormatError) in
                writer.string(1, key)
                writer.string(2, value)
            }
        }
        for function in functions {
            try writer.message(25) { writer throws(ONNXFormatError) in try function.encode(to: &writer, scope) }
        }
        return writer.bytes
    }

    fileprivate static func encode(
        _ opsets: [String: Int], field: Int, to writer: inout WireWriter
    ) throws(ONNXFormatError) {
        for (domain, version) in opsets.sorted(by: { $0.key < $1.key }) {
            try writer.message(field) { writer throws(ONNXFormatError) in
                writer.string(1, domain)
                writer.int(2, version)
            }
        }
    }
}

/// Where the external data of the tensors to be written lies.
private struct EncodingScope {
    var directory: String?
    var limits: ONNXLimits
}

extension ONNXGraph {
    fileprivate func encode(to writer: inout WireWriter, _ scope: EncodingScope) throws(ONNXFormatError) {
        for node in nodes {
            try writer.message(1) { writer throws(ONNXFormatError) in try node.encode(to: &writer, scope) }
        }
        writer.string(2, name)
        for tensor in initializers {
            try writer.message(5) { writer throws(ONNXFormatError) in try tensor.encode(to: &writer, scope) }
        }
        for (field, infos) in [(11, inputs), (12, outputs), (13, valueInfos)] {
            for info in infos {
                try writer.message(field) { writer throws(ONNXFormatError) in try info.encode(to: &writer) }
            }
        }
    }
}

extension ONNXFunction {
    fileprivate func encode(to writer: inout WireWriter, _ scope: EncodingScope) throws(ONNXFormatError) {
        writer.string(1, name)
        for input in inputs { writer.string(4, input) }
        for output in outputs { writer.string(5, output) }
        for name in attributeNames { writer.string(6, name) }
        for node in nodes {
            try writer.message(7) { writer throws(ONNXFormatError) in try node.encode(to: &writer, scope) }
        }
        try ONNXModel.encode(opsets, field: 9, to: &writer)
        writer.string(10, domain)
        for attribute in attributeDefaults {
            try writer.message(11) { writer throws(ONNXFormatError) in try attribute.encode(to: &writer, scope) }
        }
        if !overload.isEmpty { writer.string(13, overload) }
    }
}

extension ONNXNode {
    fileprivate func encode(to writer: inout WireWriter, _ scope: EncodingScope) throws(ONNXFormatError) {
        for input in inputs { writer.string(1, input) }
        for output in outputs { writer.string(2, output) }
        if !name.isEmpty { writer.string(3, name) }
        writer.string(4, op)
        for attribute in attributes {
            try writer.message(5) { writer throws(ONNXFormatError) in try attribute.encode(to: &writer, scope) }
        }
        if !domain.isEmpty { writer.string(7, domain) }
        if !overload.isEmpty { writer.string(8, overload) }
    }
}

extension ONNXAttribute {
    fileprivate func encode(to writer: inout WireWriter, _ scope: EncodingScope) throws(ONNXFormatError) {
        writer.string(1, name)
        var type = declaredType
        switch value {
        case .float(let value):
            writer.float(2, value)
            type = 1
        case .int(let value):
            writer.int(3, value)
            type = 2
        case .string(let value):
            writer.string(4, value)
            type = 3
        case .tensor(let tensor):
            try writer.message(5) { writer throws(ONNXFormatError) in try tensor.encode(to: &writer, scope) }
            type = 4
        case .graph(let graph):
            try writer.message(6) { writer throws(ONNXFormatError) in try graph.encode(to: &writer, scope) }
            type = 5
        case .floats(let values):
            for value in values { writer.float(7, value) }
            type = 6
        case .ints(let values):
            for value in values { writer.int(8, value) }
            type = 7
        case .strings(let values):
            for value in values { writer.string(9, value) }
            type = 8
        case .reference: break
        case .unsupported(let kind): throw .unsupported(offset: 0, detail: "attribute '\(name)' of kind \(kind)")
        }
        if type != 0 { writer.int(20, type) }
        if case .reference(let outer) = value { writer.string(21, outer) }
    }
}

extension ONNXTensor {
    fileprivate func encode(to writer: inout WireWriter, _ scope: EncodingScope) throws(ONNXFormatError) {
        guard case .raw(let range) = location else {
            let tensor = try makeTensor(directory: scope.directory, limits: scope.limits)
            return try ONNXTensor(name: name, tensor).encode(to: &writer, scope)
        }
        for extent in extents { writer.int(1, extent) }
        writer.int(2, elementType)
        if !name.isEmpty { writer.string(8, name) }
        writer.bytes(9, UnsafeRawBufferPointer(rebasing: storage.bytes[range]))
    }
}

extension ONNXValueInfo {
    fileprivate func encode(to writer: inout WireWriter) throws(ONNXFormatError) {
        writer.string(1, name)
        switch kind {
        case .undeclared: break
        case .other(let kind): throw .unsupported(offset: 0, detail: "value '\(name)' of \(kind) type")
        case .tensor(let elementType, let extents):
            try writer.message(2) { writer throws(ONNXFormatError) in
                try writer.message(1) { writer throws(ONNXFormatError) in
                    writer.int(1, elementType)
                    guard let extents else { return }
                    try writer.message(2) { writer throws(ONNXFormatError) in
                        for extent in extents {
                            try writer.message(1) { writer throws(ONNXFormatError) in
                                switch extent {
                                case .value(let extent): writer.int(1, extent)
                                case .parameter(let name): writer.string(2, name)
                                case .unknown: break
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
