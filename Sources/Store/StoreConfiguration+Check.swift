import FoundationEssentials
import GRDB
import Glibc
import Tensors

extension StoreConfiguration {
    /// Whether a store could be opened with these settings, without making or changing one.
    ///
    /// - Throws: ``StoreError`` for a path where nothing can be written, a file that is not a database, or one of a newer program.
    package func check() throws(StoreError) {
        guard let path else { return }
        try Self.checkWritable(path)
        guard DirectoryListing.exists(path) else { return }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let isNewer = try DatabaseQueue(path: path, configuration: configuration).read { db in
                try ResultSchema.migrator.hasBeenSuperseded(db)
            }
            if isNewer { throw StoreError.newer(path: path) }
        } catch let error as StoreError {
            throw error
        } catch {
            throw .failed(path: path, detail: "\(error)")
        }
    }

    /// Whether a file could be written at a path, its folder made for it if need be.
    ///
    /// - Throws: ``StoreError/failed(path:detail:)``.
    package static func checkWritable(_ path: String) throws(StoreError) {
        var place = path
        while !DirectoryListing.exists(place) {
            let parent = place.lastIndex(of: "/").map { String(place[..<$0]) } ?? "."
            place = parent.isEmpty ? "/" : parent
        }
        guard place == path || DirectoryListing.isDirectory(place) else {
            throw .failed(path: path, detail: "\(place) is not a folder")
        }
        guard place != path || !DirectoryListing.isDirectory(path) else {
            throw .failed(path: path, detail: "is a folder")
        }
        guard access(place, W_OK) == 0 else { throw .failed(path: path, detail: "\(place) cannot be written to") }
    }
}
