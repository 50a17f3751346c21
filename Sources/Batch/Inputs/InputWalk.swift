internal import Tensors

/// Walks a selection input by input: no more than the names of the folders it stands in are held at a time.
package struct InputWalk: Sequence, IteratorProtocol {
    /// A folder that is being walked.
    private struct Level {
        var folder: String
        /// Length in bytes of the part of paths that names leave out.
        var rootLength: Int
        var names: [String]
        var next = 0
        /// What entries must match; `nil` takes every frame below.
        var parts: ArraySlice<String>?
        var frameCount: UInt64 = 0
    }

    private let foldersAreVideos: Bool
    private let separator: UInt8
    private var paths: IndexingIterator<[String]>
    private var lists: IndexingIterator<[String]>
    private var list: (reader: LineReader, path: String)?
    private var levels: [Level] = []
    /// Folders of the present root, by device and inode: those that links lead to again give their frames once.
    private var visited: Set<SIMD2<UInt64>> = []
    /// A pattern that nothing has matched so far.
    private var unmatched: String?

    package init(_ selection: InputSelection) {
        foldersAreVideos = selection.foldersAreVideos
        separator = selection.hasZeroSeparatedLists ? 0 : UInt8(ascii: "\n")
        paths = selection.paths.makeIterator()
        lists = selection.lists.makeIterator()
    }

    package mutating func next() -> BatchInput? {
        while true {
            if !levels.isEmpty {
                if let input = nextInFolder() {
                    unmatched = nil
                    return input
                }
            } else if let pattern = unmatched {
                unmatched = nil
                return BatchInput(path: pattern, name: FrameName.last(pattern), failure: Self.noMatch(pattern))
            } else if let path = paths.next() {
                if let input = enter(path) { return input }
            } else if list != nil {
                if let input = nextInList() { return input }
            } else if let path = lists.next() {
                do {
                    list = (try LineReader(path: path, separator: separator), path)
                } catch {
                    return BatchInput(path: path, name: FrameName.stem(FrameName.last(path)), failure: error)
                }
            } else {
                return nil
            }
        }
    }

    /// A file is an input; a folder or a pattern is walked from now on.
    private mutating func enter(_ path: String) -> BatchInput? {
        if path == "-" { return BatchInput(path: path, name: "stdin") }
        visited = []
        if DirectoryListing.isDirectory(path) {
            let folder = path.hasSuffix("/") ? path : path + "/"
            return push(folder, rootLength: folder.utf8.count, parts: nil)
        }
        if !DirectoryListing.exists(path), let pattern = PathPattern(path) {
            unmatched = path
            _ = push(pattern.folder, rootLength: pattern.folder.utf8.count, parts: pattern.parts[...])
            return nil
        }
        return BatchInput(path: path, name: FrameName.stem(FrameName.last(path)))
    }

    /// - Returns: an input that says so when the folder cannot be listed.
    private mutating func push(_ folder: String, rootLength: Int, parts: ArraySlice<String>?) -> BatchInput? {
        let place = folder.isEmpty ? "." : folder
        if parts == nil {
            guard let identity = DirectoryListing.identity(place), visited.insert(identity).inserted else { return nil }
        }
        do {
            var names = try DirectoryListing.names(in: place)
            if foldersAreVideos { names.sort(by: FrameName.countsBefore) }
            levels.append(Level(folder: folder, rootLength: rootLength, names: names, parts: parts))
            return nil
        } catch {
            return BatchInput(path: place, name: FrameName.last(place), failure: error)
        }
    }

    private mutating func nextInFolder() -> BatchInput? {
        let top = levels.count - 1
        guard levels[top].next < levels[top].names.count else {
            levels.removeLast()
            return nil
        }
        let level = levels[top]
        let name = level.names[level.next]
        levels[top].next += 1
        let path = level.folder + name
        let isFolder = DirectoryListing.isDirectory(path)
        guard let parts = level.parts, let part = parts.first else {
            if isFolder { return push(path + "/", rootLength: level.rootLength, parts: nil) }
            return FrameName.isFrame(name) ? frame(path, at: top) : nil
        }
        let rest = parts.dropFirst()
        if part == "**" {
            // Any folders: this one's entries match what follows, and so do those of the folders below.
            let matchesRest = rest.first.map { PathPattern.matches(name, $0) } ?? true
            if isFolder {
                let failure = push(path + "/", rootLength: level.rootLength, parts: parts)
                if matchesRest && rest.count > 1 {
                    return push(path + "/", rootLength: level.rootLength, parts: rest.dropFirst()) ?? failure
                }
                return failure
            }
            let isWanted = rest.isEmpty ? FrameName.isFrame(name) : matchesRest && rest.count == 1
            return isWanted ? frame(path, at: top) : nil
        }
        guard PathPattern.matches(name, part) else { return nil }
        if isFolder {
            return push(path + "/", rootLength: level.rootLength, parts: rest.isEmpty ? nil : rest)
        }
        return rest.isEmpty ? frame(path, at: top) : nil
    }

    private static func noMatch(_ pattern: String) -> FileError {
        FileError(operation: "find", path: pattern, errorNumber: 2, reason: "no file matches")
    }

    private mutating func frame(_ path: String, at level: Int) -> BatchInput {
        let below = String(decoding: path.utf8.dropFirst(levels[level].rootLength), as: UTF8.self)
        let sequence = foldersAreVideos ? levels[level].frameCount : nil
        levels[level].frameCount += 1
        return BatchInput(path: path, name: FrameName.stem(below), sequence: sequence)
    }

    private mutating func nextInList() -> BatchInput? {
        guard let (reader, path) = list else { return nil }
        do {
            guard var line = try reader.next() else {
                list = nil
                return nil
            }
            if separator != 0 && line.last == UInt8(ascii: "\r") { line.removeLast() }
            if line.isEmpty { return nil }
            let entry = String(decoding: line, as: UTF8.self)
            return BatchInput(path: entry, name: FrameName.stem(FrameName.last(entry)))
        } catch {
            list = nil
            return BatchInput(path: path, name: FrameName.stem(FrameName.last(path)), failure: error)
        }
    }
}
