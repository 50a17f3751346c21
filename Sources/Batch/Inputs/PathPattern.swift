internal import Glibc

/// A path pattern by its parts: `frames/**/left_*.dng`. In each part `*`, `?` and `[…]` match within a name; `**` stands for any
/// folders, none included.
struct PathPattern {
    /// The folder before the first part with a wildcard; empty for the working folder.
    let folder: String
    let parts: [String]

    /// `nil` when there is no wildcard.
    init?(_ path: String) {
        let all = path.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        guard let first = all.firstIndex(where: Self.isWild) else { return nil }
        folder = all[..<first].joined(separator: "/") + (first > 0 ? "/" : "")
        parts = all[first...].filter { !$0.isEmpty }
    }

    private static func isWild(_ part: String) -> Bool { part.contains { "*?[".contains($0) } }

    /// Whether a name matches one part. Hidden names are matched only by a part that begins with a point.
    static func matches(_ name: String, _ part: String) -> Bool { fnmatch(part, name, FNM_PERIOD) == 0 }
}
