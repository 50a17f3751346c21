import Tensors

/// Which results are asked for. All conditions that are given hold together.
package struct ResultQuery: Sendable, Equatable {
    /// Milliseconds since 1970: stored at or after `from`, before `to`.
    package var from: Int64?
    package var to: Int64?
    package var sensor: String?
    /// Something with this label was found.
    package var label: String?
    /// …with at least this score; without a label, anything was.
    package var minimumScore: Float?
    package var model: String?
    /// Results of one page, 1…1000.
    package var limit = 50
    /// Where the page before ended.
    package var page: PageToken?

    package static let limits = 1...1000

    package init() {}

    /// Tells whether a token belongs to these conditions.
    var fingerprint: String {
        let conditions = [
            from.map { "\($0)" }, to.map { "\($0)" }, sensor, label, minimumScore.map { "\($0)" }, model,
        ]
        return String(
            SHA256.hex(of: Array(conditions.map { $0 ?? "\u{0}" }.joined(separator: "\u{1}").utf8)).prefix(12))
    }

    /// Where a page ended. Pages go from the newest result to the oldest, so that results which come in between change none.
    package struct PageToken: Sendable, Equatable {
        var last: Int64
        var fingerprint: String

        init(last: Int64, fingerprint: String) {
            self.last = last
            self.fingerprint = fingerprint
        }

        /// `nil` for what is not a token.
        package init?(text: String) {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, let last = Int64(parts[0], radix: 36), last > 0, parts[1].utf8.count == 12 else {
                return nil
            }
            self.init(last: last, fingerprint: String(parts[1]))
        }

        package var text: String { "\(String(last, radix: 36))-\(fingerprint)" }
    }

    /// Whether `page` came from a query with these conditions.
    package var pageFits: Bool { page.map { $0.fingerprint == fingerprint } ?? true }
}

/// Results, the newest first, and where to go on; `nil` at the end.
package struct ResultPage: Sendable, Equatable {
    package var results: [StoredResult]
    package var next: ResultQuery.PageToken?
}
