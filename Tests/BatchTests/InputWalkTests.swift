import Batch
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("walking over inputs")
struct InputWalkTests {
    private static func tree(_ files: [String]) throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        for file in files {
            let url = URL(filePath: folder.path + "/" + file)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("x".utf8).write(to: url)
        }
        return folder
    }

    private static func found(_ selection: InputSelection, in folder: TemporaryDirectory) -> [String] {
        selection.walk().map { input in
            let path =
                input.path.hasPrefix(folder.path + "/")
                ? String(input.path.dropFirst(folder.path.utf8.count + 1)) : input.path
            return input.failure == nil ? path : "!" + path
        }
    }

    @Test("a folder gives the frames below it by name, other files are passed over")
    func folder() throws {
        let folder = try Self.tree(["b.PNG", "a.dng", "sub/c.jpg", "notes.txt", ".hidden.jpg", "z.raw", "z.json"])
        #expect(
            Self.found(InputSelection(paths: [folder.path]), in: folder) == ["a.dng", "b.PNG", "sub/c.jpg", "z.raw"])
        let names = InputSelection(paths: [folder.path + "/"]).walk().map(\.name)
        #expect(names == ["a", "b", "sub/c", "z"])
    }

    @Test(
        "patterns match within names, ** any folders",
        arguments: [
            ("*.jpg", ["1.jpg"]), ("**/*.jpg", ["1.jpg", "a/2.jpg", "a/b/3.jpg", "c/4.jpg"]),
            ("a/*", ["a/2.jpg", "a/b/3.jpg"]), ("?/[2-4].jpg", ["a/2.jpg", "c/4.jpg"]), ("a/**/3.*", ["a/b/3.jpg"]),
            ("**/b/*.jpg", ["a/b/3.jpg"]), ("**", ["1.jpg", "a/2.jpg", "a/b/3.jpg", "c/4.jpg"]),
            ("*.dng", ["!*.dng"]), ("none/*.jpg", ["!none/*.jpg"]),
        ])
    func patterns(pattern: String, expected: [String]) throws {
        let folder = try Self.tree(["1.jpg", "a/2.jpg", "a/b/3.jpg", "c/4.jpg", "5.txt"])
        #expect(Self.found(InputSelection(paths: [folder.path + "/" + pattern]), in: folder) == expected)
    }

    @Test("a file whose own name looks like a pattern is taken as it is")
    func literal() throws {
        let folder = try Self.tree(["[1].jpg", "1.jpg"])
        #expect(Self.found(InputSelection(paths: [folder.path + "/[1].jpg"]), in: folder) == ["[1].jpg"])
    }

    @Test("lists give paths line by line or zero by zero, and a list that is not there is told")
    func lists() throws {
        let folder = try TemporaryDirectory()
        let (lines, zeros) = (folder.path + "/lines", folder.path + "/zeros")
        try Data("a b.jpg\r\n\nc.jpg".utf8).write(to: URL(filePath: lines))
        try Data("a\nb.jpg\0c.jpg\0".utf8).write(to: URL(filePath: zeros))
        #expect(InputSelection(paths: ["@" + lines]).walk().map(\.path) == ["a b.jpg", "c.jpg"])
        #expect(
            InputSelection(paths: [], lists: [zeros], hasZeroSeparatedLists: true).walk().map(\.path)
                == ["a\nb.jpg", "c.jpg"])
        #expect(InputSelection(paths: [], lists: ["/nonexistent"]).walk().map { $0.failure != nil } == [true])
        #expect(InputSelection(paths: ["@" + lines]).count() == 2)
    }

    @Test("a long list is read in pieces")
    func longList() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/list"
        let names = (0..<30_000).map { "frames/some/long/folder/\($0).jpg" }
        try Data(names.joined(separator: "\n").utf8).write(to: URL(filePath: path))
        #expect(InputSelection(paths: [], lists: [path]).walk().map(\.path) == names)
    }

    @Test("videos come in the order of the numbers in their names, each folder numbered by itself")
    func videos() throws {
        let folder = try Self.tree(["v/f10.jpg", "v/f9.jpg", "v/f09.jpg", "w/1.jpg", "v/f1.jpg"])
        let inputs = InputSelection(paths: [folder.path], foldersAreVideos: true).walk().map { $0 }
        #expect(inputs.map(\.name) == ["v/f1", "v/f9", "v/f09", "v/f10", "w/1"])
        #expect(inputs.map(\.sequence) == [0, 1, 2, 3, 0])
    }
}
