import FoundationEssentials
import GRDB

extension ResultsDatabase {
    package func page(_ query: ResultQuery) async throws(StoreError) -> ResultPage {
        try await read { db in
            var (conditions, arguments): ([String], StatementArguments) = ([], [])
            func require(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
                guard let value else { return }
                conditions.append(condition)
                arguments += [value]
            }
            var source = "result"
            if let label = query.label {
                source = "finding JOIN result ON result.id = finding.result"
                require("finding.label = ?", label)
                require("finding.score >= ?", query.minimumScore)
                require("finding.result < ?", query.page?.last)
            } else {
                require("best >= ?", query.minimumScore)
                require("id < ?", query.page?.last)
            }
            require("time >= ?", query.from)
            require("time < ?", query.to)
            require("sensor = ?", query.sensor)
            require("model = ?", query.model)
            let condition = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
            let order = query.label == nil ? "id" : "finding.result"
            arguments += [query.limit + 1]
            var results = try Row.fetchAll(
                db, sql: "SELECT \(Self.columns) FROM \(source)\(condition) ORDER BY \(order) DESC LIMIT ?",
                arguments: arguments
            ).map(Self.result)
            guard results.count > query.limit else { return ResultPage(results: results, next: nil) }
            results.removeLast()
            let last = results.last.map { ResultQuery.PageToken(last: $0.id, fingerprint: query.fingerprint) }
            return ResultPage(results: results, next: last)
        }
    }

    /// `nil` when there is no such result, or no longer.
    package func result(_ id: Int64) async throws(StoreError) -> StoredResult? {
        try await read { db in
            try Row.fetchOne(db, sql: "SELECT \(Self.columns) FROM result WHERE id = ?", arguments: [id]).map(
                Self.result)
        }
    }

    /// Bytes that are kept beside a result.
    package enum Pixels: String, Sendable, CaseIterable {
        case frame, picture
    }

    package func blob(_ pixels: Pixels, of id: Int64) async throws(StoreError) -> StoredBlob? {
        try await read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT blob.type, blob.bytes FROM result JOIN blob ON blob.sha256 = result.\(pixels.rawValue)
                    WHERE result.id = ?
                    """, arguments: [id]
            ).map { row in
                let bytes: Data = row["bytes"]
                return StoredBlob(contentType: row["type"], bytes: Array(bytes))
            }
        }
    }

    /// Results in the store, and their bytes with those of frames and pictures.
    package func usage() async throws(StoreError) -> (results: Int, bytes: Int) {
        try await read { db in
            (
                try Int.fetchOne(db, sql: "SELECT count(*) FROM result") ?? 0,
                try Int.fetchOne(db, sql: "SELECT bytes FROM usage") ?? 0
            )
        }
    }

    private static let columns =
        "result.id, document, request, frame IS NOT NULL AS hasFrame, picture IS NOT NULL AS hasPicture"

    private static func result(_ row: Row) -> StoredResult {
        let (document, request): (Data, Data) = (row["document"], row["request"])
        return StoredResult(
            id: row["id"], document: Array(document), request: Array(request), hasFrame: row["hasFrame"],
            hasPicture: row["hasPicture"])
    }
}
