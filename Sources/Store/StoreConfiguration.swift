/// Where results are kept, what is kept of their frames, and for how long. Off unless a path is given.
package struct StoreConfiguration: Sendable, Equatable {
    /// What a result takes with it into the store.
    package enum Contents: String, Sendable, CaseIterable {
        /// The result alone: no pixels.
        case results
        /// The annotated picture too, where the request asked for one.
        case pictures
        /// The frame as it came too, so that the answer can be replayed.
        case frames
    }

    /// The SQLite file; `nil`: nothing is stored.
    package var path: String?
    package var contents = Contents.results
    /// Results older than so many days go; `0`: age does not matter.
    package var maximumAgeDays = 30.0
    /// The oldest results go when all of them, with frames and pictures, take more; `0`: size does not matter.
    package var maximumBytes = 10 << 30
    /// Sensors' results that wait to be written; later ones are answered without being stored, and counted.
    package var queueLimit = 1024

    package init() {}
}
