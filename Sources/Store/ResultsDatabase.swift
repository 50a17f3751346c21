import FoundationEssentials
import GRDB
import Tensors

/// The SQLite file that holds results at rest, in write-ahead logging so that readers never wait for the writer.
///
/// A write that has returned is on the disk: every commit is synchronised (`synchronous = FULL`), so neither a killed process
/// nor a power cut takes it back.
package struct ResultsDatabase: Sendable {
    package let path: String
    let pool: DatabasePool

    /// Files up to this size are read through once when they are opened, to find damage then and not later.
    private static let checkedByteCount = 256 << 20

    /// Opens the database at `path`, which is made, with its folder, when it isn't there.
    ///
    /// - Parameter mustExist: throws instead of making one.
    /// - Throws: ``StoreError`` for a file that is not a database, is damaged, or was written by a newer program.
    package init(path: String, mustExist: Bool = false) throws(StoreError) {
        self.path = path
        if !DirectoryListing.exists(path) {
            guard !mustExist else { throw .notThere(path: path) }
            if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
                do { try FileWriting.makeDirectory(String(path[..<slash])) } catch {
                    throw .failed(path: path, detail: error.description)
                }
            }
        }
        do {
            pool = try DatabasePool(path: path, configuration: Self.configuration)
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            try pool.writeWithoutTransaction { db in
                if try ResultSchema.migrator.hasBeenSuperseded(db) { throw StoreError.newer(path: path) }
                guard size <= Self.checkedByteCount else { return }
                let found = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "ok"
                if found != "ok" { throw StoreError.damaged(path: path, detail: found) }
            }
            try ResultSchema.migrator.migrate(pool)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.label = "fovea.store"
        configuration.prepareDatabase { db in
            // Before the first table: later it would take a rewriting of the file.
            if !db.configuration.readonly { try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
            try db.execute(sql: "PRAGMA synchronous = FULL")
        }
        return configuration
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws(StoreError) -> Value
    {
        do { return try await pool.read(body) } catch { throw StoreError(error, path: path) }
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do { return try await pool.write(body) } catch { throw StoreError(error, path: path) }
    }
}
