import ArgumentParser
import Batch

/// What to process.
struct InputOptions: ParsableArguments {
    @Argument(
        help: """
            Files, folders and quoted patterns ('frames/**/*.dng'); @FILE is a list of paths, - a frame on standard input.
            """)
    var paths: [String] = []

    @Option(help: "File with one path a line; - is standard input.")
    var list: [String] = []

    @Flag(name: [.customShort("0"), .long], help: "Paths in lists end with a zero byte, as find -print0 writes them.")
    var null = false

    @Flag(
        help:
            "Folders are videos: frames in the order of the numbers in their names, each with its place in the result.")
    var video = false

    @Option(help: "Stop after so many inputs.")
    var limit: Int?

    func validate() throws {
        if selection.isEmpty { throw ValidationError("name at least one file, folder, pattern or list") }
        if let limit, limit < 1 { throw ValidationError("--limit is \(limit), the least is 1") }
    }

    var selection: InputSelection {
        InputSelection(paths: paths, lists: list, hasZeroSeparatedLists: null, foldersAreVideos: video)
    }
}
