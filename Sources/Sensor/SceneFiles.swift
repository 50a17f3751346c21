import Codecs
import Glibc
import Tensors

/// The files of a scene: one file, or those of a folder in the order of their names.
package struct SceneFiles: Sendable, Equatable {
    /// What is done with a file.
    package enum Role: Sendable, Equatable {
        /// A picture (JPEG, PNG, TIFF) that the sensor looks at.
        case picture
        /// A DNG, sent as it is.
        case selfDescribed
        /// Raw samples, bare or in a PNG, with a side file that describes them; sent with that description.
        case described(sideFile: String)
    }

    package struct Entry: Sendable, Equatable {
        package var path: String
        package var role: Role
    }

    package var entries: [Entry]

    /// Looks at `path` and checks that each file is what its name says. In a folder, names that end in none of `.jpg`,
    /// `.jpeg`, `.png`, `.tif`, `.tiff`, `.dng`, `.raw`, `.bin` and hidden files are passed over; so are side files (`NAME.json` beside
    /// `NAME.png` or `NAME.raw`).
    ///
    /// - Throws: `file` when something cannot be opened, `badScene` for a folder without frames, a file of no known kind,
    ///   or bare samples without a side file.
    package init(path: String) throws(SensorError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .file(.current(operation: "open", path: path)) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            entries = [try Self.entry(path)]
            return
        }
        entries = []
        for name in try Self.names(in: path) where !name.hasPrefix(".") && Self.kind(of: name) != nil {
            entries.append(try Self.entry(path.hasSuffix("/") ? path + name : "\(path)/\(name)"))
        }
        guard !entries.isEmpty else {
            throw .badScene(path: path, detail: "holds no .jpg, .jpeg, .png, .tiff, .dng, .raw or .bin file")
        }
    }

    private enum Kind { case jpeg, png, tiff, dng, bare }

    private static func kind(of name: String) -> Kind? {
        let kinds: [(String, Kind)] = [
            (".jpg", .jpeg), (".jpeg", .jpeg), (".png", .png), (".tif", .tiff), (".tiff", .tiff), (".dng", .dng),
            (".raw", .bare), (".bin", .bare),
        ]
        let name = name.lowercased()
        return kinds.first { name.hasSuffix($0.0) }?.1
    }

    private static func entry(_ path: String) throws(SensorError) -> Entry {
        guard let kind = kind(of: path) else {
            throw .badScene(path: path, detail: "is no .jpg, .jpeg, .png, .tiff, .dng, .raw or .bin file, nor a folder")
        }
        let bytes: ByteStorage
        do { bytes = try ByteStorage.mapping(path: path) } catch { throw .file(error) }
        let format = FileFormat.recognise(bytes.bytes)
        let stem = String(path.prefix(upTo: path.lastIndex(of: ".") ?? path.endIndex))
        let sideFile = ["\(stem).json", "\(path).json"].first { (path: String) in access(path, R_OK) == 0 }
        func expect(_ expected: FileFormat) throws(SensorError) {
            if format != expected {
                throw .badScene(path: path, detail: "is named like a \(expected.rawValue) file but is none")
            }
        }
        switch kind {
        case .jpeg:
            try expect(.jpeg)
            return Entry(path: path, role: .picture)
        case .png:
            try expect(.png)
            return Entry(path: path, role: sideFile.map(Role.described) ?? .picture)
        case .tiff:
            try expect(.tiff)
            return Entry(path: path, role: .picture)
        case .dng:
            try expect(.tiff)
            return Entry(path: path, role: .selfDescribed)
        case .bare:
            guard let sideFile else {
                throw .badScene(
                    path: path, detail: "bare samples need a side file \(stem).json with width, height and pixelFormat")
            }
            return Entry(path: path, role: .described(sideFile: sideFile))
        }
    }

    private static func names(in folder: String) throws(SensorError) -> [String] {
        guard let directory = opendir(folder) else { throw .file(.current(operation: "list", path: folder)) }
        defer { closedir(directory) }
        var names: [String] = []
        while let item = readdir(directory) {
            names.append(
                withUnsafePointer(to: &item.pointee.d_name) { name in
                    name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.sorted()
    }
}
