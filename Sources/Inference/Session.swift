package import Graph
package import ONNX
internal import Operators
package import Tensors

/// A loaded network: rewritten, its weights packed, immutable, and shared by any number of runs at once.
///
/// What a run needs besides lives in an ``ExecutionContext``: a server keeps some and hands each to one run at a time.
package final class Session: Sendable {
    package typealias Port = (name: String, type: ValueType)

    package let inputs: [Port]
    package let outputs: [Port]
    /// SHA-256 of the model file, in hexadecimal.
    package let sha256: String
    /// Version of the standard operator set the model was written for.
    package let opset: Int
    package let metadata: [String: String]
    package let producer: String
    /// `exact`: the same bits on every machine; `fast`: products may take any kernel within 1e-4.
    package var numerics: String { options.numerics.rawValue }
    /// What products are computed in: `int8` of a quantised network, else what was asked for.
    package var precision: Precision { isQuantized ? .int8 : options.precision }

    let graph: Graph
    private let isQuantized: Bool
    let options: SessionOptions

    /// Maps and loads a model file.
    ///
    /// - Parameter parallelism: threads that load: while one hashes the file, another one reads it, and weights are packed
    ///   by all. What is loaded does not depend on it.
    package convenience init(
        path: String, options: SessionOptions = .init(), registry: OperatorRegistry = .standard,
        parallelism: Parallelism = .serial
    ) throws(SessionError) {
        let model: ONNXModel
        do throws(ONNXFormatError) {
            model = try ONNXModel.load(path: path, limits: options.limits)
        } catch {
            throw SessionError(error)
        }
        try self.init(model, options: options, registry: registry, parallelism: parallelism)
    }

    /// Loads a model that is in memory. External data is refused.
    package convenience init(
        storage: ByteStorage, options: SessionOptions = .init(), registry: OperatorRegistry = .standard,
        parallelism: Parallelism = .serial
    ) throws(SessionError) {
        let model: ONNXModel
        do throws(ONNXFormatError) {
            model = try ONNXModel(storage: storage, limits: options.limits)
        } catch {
            throw SessionError(error)
        }
        try self.init(model, options: options, registry: registry, parallelism: parallelism)
    }

    package init(
        _ model: ONNXModel, options: SessionOptions = .init(), registry: OperatorRegistry = .standard,
        parallelism: Parallelism = .serial
    ) throws(SessionError) {
        let (digest, loaded) = parallelism.both {
            SHA256.hex(of: model.storage.bytes)
        } _: {
            Result { () throws(GraphError) in
                try Loaded(model, options: options, registry: registry, parallelism: parallelism)
            }
        }
        do throws(GraphError) {
            let loaded = try loaded.get()
            (graph, isQuantized) = (loaded.graph, loaded.isQuantized)
            inputs = try graph.inputs.map { index throws(GraphError) in try Self.port(loaded.graph.values[index]) }
            outputs = graph.outputs.map { index in
                (loaded.graph.values[index].name, loaded.graph.values[index].type ?? ValueType(.float32, nil))
            }
        } catch {
            throw SessionError(error)
        }
        guard isQuantized || options.precision != .int8 else { throw .notQuantized }
        self.options = options
        sha256 = digest
        opset = model.opsets[""] ?? 0
        metadata = model.metadata
        producer = [model.producerName, model.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The graph as it runs.
    private struct Loaded: Sendable {
        var graph: Graph
        let isQuantized: Bool

        init(
            _ model: ONNXModel, options: SessionOptions, registry: OperatorRegistry, parallelism: Parallelism
        ) throws(GraphError) {
            var registry = registry
            registry.numerics = options.numerics
            registry.precision = options.precision
            graph = try Graph(model, registry: registry)
            for index in graph.inputs {
                guard let shape = options.inputShapes[graph.values[index].name] else { continue }
                graph.values[index].type?.dimensions = shape.dimensions.map { .fixed($0) }
            }
            isQuantized = graph.isQuantized
            try graph.optimize(options, parallelism: parallelism)
        }
    }

    private static func port(_ value: Graph.Value) throws(GraphError) -> Port {
        guard let type = value.type else {
            throw .malformed(node: "", detail: "input '\(value.name)' has no declared type")
        }
        return (value.name, type)
    }

    /// Plans runs for inputs of these types; inputs left out are taken as declared, which must then be fixed.
    ///
    /// - Parameter parallelism: threads that runs will use; scratch memory is planned for as many.
    package func makeContext(
        _ inputTypes: [String: ValueType] = [:], parallelism: Int = 1
    ) throws(GraphError) -> ExecutionContext {
        try ExecutionContext(self, inputTypes, parallelism: parallelism)
    }

    /// Runs once with a context made for the purpose.
    package func run(
        _ inputs: [String: Tensor], parallelism: Parallelism = .serial, isCancelled: () -> Bool = { false }
    ) throws(GraphError) -> [String: Tensor] {
        let types = inputs.mapValues { ValueType($0.dataType, shape: $0.shape) }
        return try makeContext(types, parallelism: parallelism.width)
            .run(inputs, parallelism: parallelism, isCancelled: isCancelled)
    }

    /// The declared input types with every open extent set to `extent`: what to plan for when nobody says.
    package func inputTypes(openExtent extent: Int = 1) -> [String: ValueType] {
        Dictionary(
            inputs.map { name, type in
                (name, ValueType(type.dataType, shape: Shape((type.dimensions ?? []).map { $0.fixedExtent ?? extent })))
            }, uniquingKeysWith: { first, _ in first })
    }
}
