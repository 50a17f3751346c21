internal import Tensors

/// What the caller named: files, folders, patterns and lists of them.
package struct InputSelection: Sendable, Equatable {
    /// Files, folders, patterns with `*`, `?`, `[…]` and `**`; `@FILE` is a list; `-` a frame on standard input.
    package var paths: [String]
    /// Files that hold one path a line; `-` is standard input.
    package var lists: [String]
    /// Paths in lists end with a zero byte, as `find -print0` writes them.
    package var hasZeroSeparatedLists: Bool
    /// Each folder is a video: its frames come in the order of the numbers in their names, and are numbered.
    package var foldersAreVideos: Bool

    package init(
        paths: [String], lists: [String] = [], hasZeroSeparatedLists: Bool = false, foldersAreVideos: Bool = false
    ) {
        self.paths = paths.filter { !$0.hasPrefix("@") }
        self.lists = lists + paths.filter { $0.hasPrefix("@") }.map { String($0.dropFirst()) }
        self.hasZeroSeparatedLists = hasZeroSeparatedLists
        self.foldersAreVideos = foldersAreVideos
    }

    package var isEmpty: Bool { paths.isEmpty && lists.isEmpty }

    /// Whether walking it once leaves nothing for a second time.
    package var readsStandardInput: Bool { paths.contains("-") || lists.contains("-") }

    /// Whether a path can come more than once: one folder or pattern gives each file once.
    var mayRepeat: Bool { paths.count != 1 || !lists.isEmpty }

    /// The inputs in their fixed order: folders and patterns sorted by name, the rest as named.
    package func walk() -> InputWalk { InputWalk(self) }

    /// How many inputs there are; `nil` when only standard input knows.
    package func count() -> Int? {
        if lists.contains("-") { return nil }
        return walk().reduce(0) { count, _ in count + 1 }
    }
}
