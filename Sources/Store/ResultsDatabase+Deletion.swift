import GRDB

extension ResultsDatabase {
    /// Deletes one result, with its frame and picture when no other result has them. Its hash stays, so that the chain can
    /// still be checked around the gap.
    ///
    /// - Returns: whether it was there.
    package func delete(_ id: Int64, time: Int64) async throws(StoreError) -> Bool {
        try await write { db in
            try db.execute(
                sql: """
                    INSERT INTO removal (chain, number, previous, sha256, time)
                    SELECT chain, number, previous, sha256, ? FROM result WHERE id = ?
                    """, arguments: [time, id])
            try db.execute(sql: "DELETE FROM result WHERE id = ?", arguments: [id])
            return db.changesCount > 0
        }
    }

    /// Deletes everything of a sensor. Of its chain only the last number and hash stay, where it goes on.
    ///
    /// - Returns: how many results there were.
    package func deleteAll(ofSensor sensor: String) async throws(StoreError) -> Int {
        try await write { db in
            try db.execute(sql: "DELETE FROM result WHERE chain = ?", arguments: [sensor])
            let count = db.changesCount
            try db.execute(sql: "DELETE FROM removal WHERE chain = ?", arguments: [sensor])
            try db.execute(sql: "UPDATE chain SET first = number + 1 WHERE name = ?", arguments: [sensor])
            return count
        }
    }

    /// Deletes the oldest results until none is older than `oldest` and all take no more than `maximumBytes`; at most
    /// `limit` of them, so that writers get their turn in between.
    ///
    /// - Parameter oldest: milliseconds since 1970; `nil`: of any age.
    /// - Returns: how many it deleted; `limit` when there is more to do.
    package func retain(since oldest: Int64?, maximumBytes: Int?, limit: Int = 256) async throws(StoreError) -> Int {
        try await write { db in
            var count = 0
            var chains: Set<String> = []
            while count < limit {
                guard
                    let row = try Row.fetchOne(
                        db, sql: "SELECT id, chain, number, time FROM result ORDER BY id LIMIT 1")
                else { break }
                let isOld = oldest.map { $0 > row["time"] as Int64 } ?? false
                let isOver =
                    try maximumBytes.map { try Int.fetchOne(db, sql: "SELECT bytes FROM usage") ?? 0 > $0 } ?? false
                guard isOld || isOver else { break }
                let chain: String = row["chain"]
                chains.insert(chain)
                try db.execute(sql: "DELETE FROM result WHERE id = ?", arguments: [row["id"] as Int64])
                try db.execute(
                    sql: "UPDATE chain SET first = ? WHERE name = ?", arguments: [row["number"] as Int64 + 1, chain])
                count += 1
            }
            for chain in chains {
                // What was deleted before the new beginning needs no mark any more.
                try db.execute(
                    sql: "DELETE FROM removal WHERE chain = ? AND number < (SELECT first FROM chain WHERE name = ?)",
                    arguments: [chain, chain])
            }
            if count > 0 { try db.execute(sql: "PRAGMA incremental_vacuum(4096)") }
            return count
        }
    }
}
