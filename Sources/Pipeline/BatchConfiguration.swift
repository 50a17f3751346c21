/// How requests to one model are grouped into runs.
package struct BatchConfiguration: Sendable, Equatable {
    /// Rows of one run; 1 runs every request alone.
    package var maximumRows = 8
    /// How long a request may wait for others to join it while threads are idle. 0 groups only what has to wait anyway.
    package var delayMicroseconds = 0
    /// Rows that runs should have; empty: powers of two up to `maximumRows`.
    package var preferredRows: [Int] = []

    package init() {}

    /// The sizes that grouped runs take, ascending, each 2…`maximumRows`.
    var sizes: [Int] {
        let wanted = preferredRows.isEmpty ? (1..<20).map { 1 << $0 } : preferredRows.sorted()
        return wanted.filter { (2...max(2, maximumRows)).contains($0) && $0 <= maximumRows }
    }

    /// With what a model's folder says of itself.
    func overridden(by folder: FolderConfiguration?) -> BatchConfiguration {
        guard let folder else { return self }
        var batching = self
        if let rows = folder.maximumBatchSize {
            batching.maximumRows = max(1, rows)
            batching.preferredRows.removeAll { $0 > rows }
        }
        if let sizes = folder.preferredRows { batching.preferredRows = sizes }
        if let delay = folder.delayMicroseconds { batching.delayMicroseconds = delay }
        return batching
    }
}
