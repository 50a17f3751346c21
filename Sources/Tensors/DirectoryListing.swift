#if canImport(Glibc)
internal import Glibc
#endif

/// Looks at folders.
package enum DirectoryListing {
    /// Names in a folder, sorted by bytes, hidden ones left out.
    package static func names(in path: String) throws(FileError) -> [String] {
        guard let stream = opendir(path) else { throw FileError.current(operation: "list", path: path) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    package static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Device and inode: what tells that two paths lead to the same file or folder. `nil` when there is none.
    package static func identity(_ path: String) -> SIMD2<UInt64>? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return SIMD2(UInt64(status.st_dev), UInt64(status.st_ino))
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
