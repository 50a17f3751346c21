#if canImport(Glibc)
import Glibc
#endif

/// The data that lies beside the package on developers' machines, in `../shared/data`. Tests that need it are skipped
/// where it is absent.
package enum SharedData {
    package static let absentComment = "needs ../shared/data beside the package"

    /// The path of a file or folder in the shared data.
    package static func path(_ name: String) -> String { root + "/" + name }

    package static func exists(_ name: String) -> Bool { access(path(name), R_OK) == 0 }

    private static let root: String = {
        // Tests/TestSupport/SharedData.swift
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        let package = parts.joined(separator: "/")
        let beside = parts.dropLast().joined(separator: "/") + "/shared/data"
        if access(beside, R_OK) == 0 { return beside }
        // A worktree lies one folder deeper than the package.
        let deeper = parts.dropLast(2).joined(separator: "/") + "/shared/data"
        return access(deeper, R_OK) == 0 ? deeper : package + "/../shared/data"
    }()
}
