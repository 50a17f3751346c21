import Pipeline
import Tensors

/// Turns the paths of a command line into the files to process, in a fixed order.
enum InputPaths {
    /// Folders give the frames in them, sub-folders included, sorted by name; files are taken as they are.
    static func expand(_ paths: [String]) throws(FileError) -> [String] {
        var files: [String] = []
        for path in paths {
            if path != "-" && DirectoryListing.isDirectory(path) {
                try collect(path, into: &files)
            } else {
                files.append(path)
            }
        }
        return files
    }

    private static func collect(_ folder: String, into files: inout [String], depth: Int = 0) throws(FileError) {
        guard depth < 64 else {
            throw FileError(operation: "list", path: folder, errorNumber: 0, reason: "folders nest deeper than 64")
        }
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        for name in try DirectoryListing.names(in: folder) {
            let path = prefix + name
            if DirectoryListing.isDirectory(path) {
                try collect(path, into: &files, depth: depth + 1)
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
