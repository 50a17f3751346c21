import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Store

/// `/v1/results`: what was answered, as long as it is kept.
enum ResultRoutes {
    static func add(to table: RouteTable, _ state: ServiceState) {
        table.get("/v1/results") { request, _ in
            let store = try requireStore(state)
            return page(try await store.database.page(try query(request)))
        }
        table.delete("/v1/results") { request, _ in
            let store = try requireStore(state)
            let items = try QueryItems(request.uri.query).items
            guard items.count == 1, let item = items.first, item.name == "sensor" else {
                throw Problem.badOption("sensor", "say whose results to delete: ?sensor=ID")
            }
            let count = try await store.database.deleteAll(ofSensor: try SensorID(item.value).name)
            return try JSONBody.response(Deleted(deleted: count))
        }
        table.get("/v1/results/:id") { _, context in
            let (_, result) = try await find(context, state)
            return JSONBody.response(buffer: ByteBuffer(bytes: result.document))
        }
        table.delete("/v1/results/:id") { _, context in
            let store = try requireStore(state)
            guard let id = try id(context), try await store.delete(id) else { throw noResult }
            return Response(status: .noContent)
        }
        for pixels in ResultsDatabase.Pixels.allCases {
            table.get("/v1/results/:id/\(pixels.rawValue)") { _, context in
                let (store, result) = try await find(context, state)
                guard let blob = try await store.database.blob(pixels, of: result.id) else {
                    throw Problem.notFound("the \(pixels.rawValue) of this result is not stored")
                }
                return Response(
                    status: .ok, headers: [.contentType: blob.contentType, .cacheControl: "no-store"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: blob.bytes)))
            }
        }
        table.post("/v1/results/:id/replay") { _, context in
            let (store, result) = try await find(context, state)
            return JSONBody.response(buffer: try await Replay(result, store: store, state: state).report(context))
        }
    }

    private struct Deleted: Encodable {
        var deleted: Int
    }

    static func requireStore(_ state: ServiceState) throws(Problem) -> ResultStore {
        guard let store = state.store else {
            throw Problem(.notFound, "store-off", "results are not stored here; the setting store.path turns it on")
        }
        return store
    }

    private static var noResult: Problem { .notFound("there is no such result, or no longer") }

    /// `nil` for what no result's id can be.
    private static func id(_ context: ServiceContext) throws -> Int64? {
        Int64(try context.parameters.require("id")).flatMap { $0 > 0 ? $0 : nil }
    }

    private static func find(
        _ context: ServiceContext, _ state: ServiceState
    ) async throws -> (ResultStore, StoredResult) {
        let store = try requireStore(state)
        guard let id = try id(context), let result = try await store.database.result(id) else { throw noResult }
        return (store, result)
    }

    /// Documents go out as they were stored, byte for byte.
    private static func page(_ page: ResultPage) -> Response {
        var body = ByteBufferAllocator().buffer(capacity: page.results.reduce(64) { $0 + $1.document.count + 1 })
        body.writeString("{\"results\":[")
        for (index, result) in page.results.enumerated() {
            if index > 0 { body.writeString(",") }
            body.writeBytes(result.document)
        }
        body.writeString("]")
        if let next = page.next { body.writeString(",\"next\":\"\(next.text)\"") }
        body.writeString("}")
        return JSONBody.response(buffer: body)
    }

    private enum Name: String, CaseIterable {
        case from, to, sensor, model, limit, page
        case label = "class"
        case minimumScore = "min_score"
    }

    private static func query(_ request: Request) throws(Problem) -> ResultQuery {
        var query = ResultQuery()
        for (name, value) in try QueryItems(request.uri.query).items {
            guard let option = Name(rawValue: name) else {
                let names = Name.allCases.map(\.rawValue).sorted().joined(separator: ", ")
                throw .badOption(name, "no such option; there are: \(names)")
            }
            switch option {
            case .from: query.from = try time(name, value)
            case .to: query.to = try time(name, value)
            case .sensor: query.sensor = try SensorID(value).name
            case .label: query.label = try text(name, value)
            case .model: query.model = try text(name, value)
            case .minimumScore:
                guard let score = Float(value), (0...1).contains(score) else {
                    throw .badOption(name, "'\(value.prefix(32))' is not a number between 0 and 1")
                }
                query.minimumScore = score
            case .limit:
                guard let limit = Int(value), ResultQuery.limits.contains(limit) else {
                    throw .badOption(name, "'\(value.prefix(32))' is not a whole number of 1…1000")
                }
                query.limit = limit
            case .page:
                guard let page = ResultQuery.PageToken(text: value) else {
                    throw .badOption(name, "not a token that this service gave")
                }
                query.page = page
            }
        }
        guard query.pageFits else {
            throw .badOption("page", "the token is from a query with other conditions")
        }
        return query
    }

    private static func text(_ name: String, _ value: String) throws(Problem) -> String {
        guard (1...256).contains(value.utf8.count) else { throw .badOption(name, "1…256 bytes") }
        return value
    }

    private static func time(_ name: String, _ value: String) throws(Problem) -> Int64 {
        for hasFraction in [true, false] {
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: hasFraction, timeZone: .gmt)
            if let date = try? style.parse(value) { return Int64((date.timeIntervalSince1970 * 1000).rounded()) }
        }
        throw .badOption(name, "'\(value.prefix(40))' is not a time like 2026-05-04T12:00:00Z")
    }
}
