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
        let beside = Repository.root + "/../shared/data"
        // A worktree may lie one folder deeper than the package.
        let deeper = Repository.root + "/../../shared/data"
        return access(beside, R_OK) != 0 && access(deeper, R_OK) == 0 ? deeper : beside
    }()
}
