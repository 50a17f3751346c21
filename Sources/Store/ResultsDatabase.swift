import GRDB

/// The SQLite file that holds results at rest, in write-ahead logging so that readers never wait for the writer.
package struct ResultsDatabase: Sendable {
    private let pool: DatabasePool

    /// Opens the database at `path`, which is made when it isn't there.
    /// - Throws: what SQLite says of a file that is not a database or can't be written.
    package init(path: String) throws {
        pool = try DatabasePool(path: path)
    }
}
