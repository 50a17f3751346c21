#if canImport(Glibc)
import Glibc
#endif

/// Where the package and its optional neighbours lie on this machine.
package enum Repository {
    /// The package's root folder.
    package static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()

    /// Test data that developers keep beside the checkout; absent for users.
    package static let sharedData = root + "/../shared/data"

    package static var hasSharedData: Bool { exists(sharedData) }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
