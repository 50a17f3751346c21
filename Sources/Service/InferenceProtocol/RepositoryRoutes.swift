import Hummingbird
import Pipeline
import StrictJSON

/// `/v2/repository`: which models there are, and loading and unloading them.
enum RepositoryRoutes {
    private struct Entry: Encodable {
        var name: String
        var version: String?
        var state: String
        var reason: String

        init(_ entry: ModelLibrary.Entry) {
            name = entry.name
            version = entry.version.isEmpty ? nil : entry.version
            state = entry.state.rawValue
            reason = entry.reason
        }
    }

    private struct Nothing: Encodable {}

    static func add(to table: RouteTable, _ state: ServiceState, _ pipeline: FramePipeline) {
        let library = pipeline.library
        let control = ModelControl(pipeline: pipeline)
        table.protocolPost("/v2/repository/index") { request, context in
            let members = try await members(request, context, state)
            let onlyReady = members["ready"] == .bool(true)
            let entries = library.index.filter { !onlyReady || $0.state == .ready }
            return try JSONBody.response(entries.map(Entry.init))
        }
        table.protocolPost("/v2/repository/models/:model/load") { request, context in
            let members = try await members(request, context, state)
            if case .object(let parameters)? = members["parameters"] { try requireNoOverrides(parameters.keys) }
            try await control.load(try ModelParameter.name(context))
            return try JSONBody.response(Nothing())
        }
        table.protocolPost("/v2/repository/models/:model/unload") { request, context in
            _ = try await members(request, context, state)
            try await control.unload(try ModelParameter.name(context))
            return try JSONBody.response(Nothing())
        }
    }

    /// The members of a JSON object as body; none for no body.
    private static func members(
        _ request: Request, _ context: ServiceContext, _ state: ServiceState
    ) async throws -> [String: JSONValue] {
        let body = try await state.reader.read(request, context: context)
        guard body.byteCount > 0 else { return [:] }
        do {
            guard case .object(let members) = try JSONValue(parsing: body.bytes, byteLimit: 1 << 20) else {
                throw Problem.malformed("the body should be a JSON object", field: "body")
            }
            return members
        } catch let error as JSONError {
            throw Problem.malformed("failed to parse the request JSON: \(error)", field: "body")
        }
    }

    /// - Throws: 501 for parameters that would load something else than the folder holds.
    static func requireNoOverrides(_ parameters: some Sequence<String>) throws(Problem) {
        guard let key = parameters.sorted().first(where: { $0 == "config" || $0.hasPrefix("file:") }) else { return }
        throw Problem(
            .notImplemented, "unsupported", "'\(key)': a model is loaded as it lies in its folder",
            field: "parameters")
    }

    /// - Throws: 403 unless the settings let clients load and unload.
    static func requireControl(_ library: ModelLibrary) throws(Problem) {
        guard library.control == .explicit else {
            throw Problem(
                .forbidden, "model-control",
                "models are loaded at the start and stay; the setting pipeline.modelControl = explicit changes that")
        }
    }
}
