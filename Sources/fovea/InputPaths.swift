import Pipeline
import Tensors

/// Turns the paths of a command line into the files to process, in a fixed order.
enum InputPaths {
    /// Folders give the frames in them, sub-folders included, sorted by name; files are taken as they are. A folder that links
    /// lead to again gives its frames once.
    static func expand(_ paths: [String]) throws(FileError) -> [String] {
        var files: [String] = []
        for path in paths {
            if path != "-" && DirectoryListing.isDirectory(path) {
                var visited: Set<SIMD2<UInt64>> = []
                try collect(path, into: &files, visited: &visited)
            } else {
                files.append(path)
            }
        }
        return files
    }

    private static func collect(
        _ folder: String, into files: inout [String], visited: inout Set<SIMD2<UInt64>>
    ) throws(FileError) {
        guard let identity = DirectoryListing.identity(folder), visited.insert(identity).inserted else { return }
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        for name in try DirectoryListing.names(in: folder) {
            let path = prefix + name
            if DirectoryListing.isDirectory(path) {
                try collect(path, into: &files, visited: &visited)
            } else if isFrame(name) {
                files.append(path)
            }
        }
    }

    private static func isFrame(_ name: String) -> Bool {
        guard let dot = name.lastIndex(of: ".") else { return false }
        let ending = name[name.index(after: dot)...].lowercased()
        return ["jpg", "jpeg", "png", "dng", "tif", "tiff", "raw"].contains(ending)
    }
}
