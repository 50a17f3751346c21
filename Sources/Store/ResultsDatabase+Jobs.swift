import FoundationEssentials
import GRDB

extension ResultsDatabase {
    /// Keeps what is known of a job, over what was known before.
    package func keepJob(_ id: String, created: Int64, document: [UInt8]) async throws(StoreError) {
        try await write { db in
            try db.execute(
                sql: """
                    INSERT INTO job (id, created, document) VALUES (?, ?, ?)
                    ON CONFLICT (id) DO UPDATE SET document = excluded.document
                    """, arguments: [id, created, Data(document)])
        }
    }

    package func removeJobs(_ ids: [String]) async throws(StoreError) {
        try await write { db in
            for id in ids { try db.execute(sql: "DELETE FROM job WHERE id = ?", arguments: [id]) }
        }
    }

    /// All jobs, the oldest first.
    package func jobs() async throws(StoreError) -> [[UInt8]] {
        try await read { db in
            try Data.fetchAll(db, sql: "SELECT document FROM job ORDER BY created, id").map { Array($0) }
        }
    }
}
