import FoundationEssentials
import GRDB
import StrictJSON
import Tensors

extension ResultsDatabase {
    /// What is wrong with the file: SQLite's own check of every page and index, references, sums, and the hashes of frames
    /// and pictures. Empty when nothing is.
    package func faults() throws(StoreError) -> [String] {
        do {
            return try pool.read { db in
                var faults = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
                for row in try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").prefix(20) {
                    faults.append("a row of \(row[0] as String) refers to one of \(row[2] as String) that is not there")
                }
                let bytes = try Int.fetchOne(
                    db,
                    sql: """
                        SELECT (SELECT ifnull(sum(size), 0) FROM result) + (SELECT ifnull(sum(size), 0) FROM blob)
                            - (SELECT bytes FROM usage)
                        """)
                if let bytes, bytes != 0 { faults.append("the sum of bytes is off by \(bytes)") }
                let blobs = try Row.fetchCursor(db, sql: "SELECT sha256, bytes FROM blob")
                while let row = try blobs.next() {
                    let (name, content): (String, Data) = (row["sha256"], row["bytes"])
                    if content.withUnsafeBytes({ SHA256.hex(of: $0) }) != name {
                        faults.append("the stored bytes \(name) have another hash")
                    }
                }
                return faults
            }
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Hands over every result, and the mark of every deleted one, chain by chain in the order of numbers, each as one line
    /// of JSON.
    package func export(_ body: (_ document: [UInt8]) throws -> Void) throws {
        do {
            try pool.read { db in
                // A union of the two, in the order of the chain; a mark has no document.
                let rows = try Row.fetchCursor(
                    db,
                    sql: """
                        SELECT chain, number, previous, sha256, time, document FROM result
                        UNION ALL SELECT chain, number, previous, sha256, time, NULL FROM removal
                        ORDER BY chain, number
                        """)
                while let row = try rows.next() {
                    let document: Data? = row["document"]
                    try body(document.map { Array($0) } ?? Self.removal(row))
                }
            }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    private static func removal(_ row: Row) -> [UInt8] {
        var writer = JSONWriter(pretty: false)
        writer.object { json in
            json.key("schema")
            json.value(ChainVerifier.removalSchema)
            json.key("removed")
            json.value(ResultChain.text(of: row["time"]))
            json.key("record")
            json.object { json in
                json.key("chain")
                json.value(row["chain"] as String)
                json.key("number")
                json.value(row["number"] as Int)
                json.key("previous")
                json.value(row["previous"] as String)
                json.key("sha256")
                json.value(row["sha256"] as String)
            }
        }
        return writer.bytes
    }

    /// Checks every chain of the store, its ends too.
    package func verify(_ verifier: inout ChainVerifier) throws {
        var found = verifier
        var index = 0
        try export { document in
            index += 1
            found.take(document, place: "result \(index)")
        }
        do {
            let ends = try pool.read { db in
                try Row.fetchAll(db, sql: "SELECT name, first, number, sha256 FROM chain ORDER BY name")
            }
            for row in ends {
                found.finish(chain: row["name"], first: row["first"], last: row["number"], sha256: row["sha256"])
            }
        } catch {
            throw StoreError(error, path: path)
        }
        found.finish()
        verifier = found
    }

    /// Writes a consistent copy, also while a service writes.
    ///
    /// - Throws: ``StoreError``, `FileError`; a file that is there already is not overwritten.
    package func backUp(to target: String) throws {
        guard !DirectoryListing.exists(target) else {
            throw StoreError.failed(path: target, detail: "is there already")
        }
        let partial = target + ".partial"
        try FileWriting.remove(partial)
        do {
            try pool.writeWithoutTransaction { db in try db.execute(sql: "VACUUM INTO ?", arguments: [partial]) }
        } catch {
            try FileWriting.remove(partial)
            throw StoreError(error, path: target)
        }
        try FileWriting.rename(partial, to: target)
    }
}
