import FoundationEssentials
import GRDB
import Tensors

extension ResultsDatabase {
    /// Stores results in one transaction, each at the end of its sensor's chain. Once this returns they are on the disk.
    ///
    /// - Returns: the documents as they were stored, in the order of `results`.
    package func insert(_ results: [NewResult], time: Int64) async throws(StoreError) -> [StoredResult] {
        try await write { db in try results.map { try Self.insert($0, time: time, db) } }
    }

    private static func insert(_ result: NewResult, time: Int64, _ db: Database) throws -> StoredResult {
        let name = result.sensor ?? ResultChain.noSensor
        let last = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT number, sha256 FROM chain WHERE name = ?"), arguments: [name])
        // Ids are never given twice, so the next one is known before the row is there; it goes into the hash.
        let id =
            1
            + (try Int64.fetchOne(db.cachedStatement(sql: "SELECT seq FROM sqlite_sequence WHERE name = 'result'")) ?? 0)
        let chain = ResultChain(
            id: id, time: time, name: name, number: 1 + (last?["number"] ?? 0),
            previous: last?["sha256"] ?? ResultChain.start)
        let sealed = try chain.seal(result.document)
        for blob in [result.frame, result.picture].compactMap(\.self) { try insert(blob, db) }
        try db.cachedStatement(
            sql: """
                INSERT INTO result (id, chain, number, previous, sha256, time, sensor, model, best, frame, picture, size,
                    request, document)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            id, name, chain.number, chain.previous, sealed.sha256, time, result.sensor, result.model,
            result.findings.values.max(), result.frame?.sha256, result.picture?.sha256,
            sealed.document.count + result.request.count, Data(result.request), Data(sealed.document),
        ])
        let finding = try db.cachedStatement(sql: "INSERT INTO finding (label, result, score) VALUES (?, ?, ?)")
        for (label, score) in result.findings { try finding.execute(arguments: [label, id, score]) }
        try db.cachedStatement(
            sql: """
                INSERT INTO chain (name, first, number, sha256) VALUES (?, 1, ?, ?)
                ON CONFLICT (name) DO UPDATE SET number = excluded.number, sha256 = excluded.sha256
                """
        ).execute(arguments: [name, chain.number, sealed.sha256])
        return StoredResult(
            id: id, document: sealed.document, request: result.request, hasFrame: result.frame != nil,
            hasPicture: result.picture != nil)
    }

    private static func insert(_ blob: NewResult.Blob, _ db: Database) throws {
        let exists = try Int.fetchOne(
            db.cachedStatement(sql: "SELECT 1 FROM blob WHERE sha256 = ?"), arguments: [blob.sha256])
        guard exists == nil else { return }
        let storage = blob.bytes
        try db.cachedStatement(sql: "INSERT INTO blob (sha256, type, size, bytes) VALUES (?, ?, ?, ?)").execute(
            arguments: [blob.sha256, blob.contentType, storage.byteCount, Data(storage.bytes)])
    }
}
