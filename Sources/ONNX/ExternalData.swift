internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

extension ONNXTensor {
    /// Maps the file `path`, which must lie in `directory` after every symbolic link is followed.
    func externalFile(path: String, directory: String?) throws(ONNXFormatError) -> ByteStorage {
        guard let directory else { throw .externalData(tensor: name, detail: "the model was not read from a folder") }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !path.isEmpty, !path.utf8.contains(0), parts.allSatisfy({ !$0.isEmpty && $0 != ".." }) else {
            throw .externalData(tensor: name, detail: "'\(path)' is not a path inside the model's folder")
        }
        guard let root = Self.canonicalPath(directory) else {
            throw .file(.current(operation: "resolve", path: directory))
        }
        guard let file = Self.canonicalPath(directory + "/" + path) else {
            throw .externalData(tensor: name, detail: FileError.current(operation: "resolve", path: path).description)
        }
        guard file.hasPrefix(root == "/" ? "/" : root + "/") else {
            throw .externalData(tensor: name, detail: "'\(path)' leads out of the model's folder")
        }
        do { return try ByteStorage.mapping(path: file) } catch { throw .file(error) }
    }

    private static func canonicalPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
