import Tensors
import TestSupport
import Testing

@Suite struct FileTests {
    @Test("writes whole files and leaves nothing else behind")
    func writing() throws {
        let directory = try TemporaryDirectory()
        let folder = directory.path
        let path = folder + "/a.bin"
        for bytes in [[UInt8](repeating: 7, count: 100_000), [], [1, 2, 3]] {
            try FileWriting.write(bytes, to: path)
            let storage = try ByteStorage.reading(path: path, maximumByteCount: 100_000)
            #expect(Array(storage.bytes) == bytes)
            #expect(try DirectoryListing.names(in: folder) == ["a.bin"])
        }
    }

    @Test("refuses a file over the limit and says so")
    func limit() {
        #expect(throws: FileError.self) {
            try ByteStorage.reading(path: Repository.root + "/LICENSE", maximumByteCount: 100)
        }
    }

    @Test("makes folders down to the last, and says when a file is in the way")
    func folders() throws {
        let directory = try TemporaryDirectory()
        let folder = directory.path
        try FileWriting.makeDirectory(folder + "/x/y//z")
        try FileWriting.makeDirectory(folder + "/x/y")
        #expect(DirectoryListing.isDirectory(folder + "/x/y/z"))
        try FileWriting.write([1], to: folder + "/f")
        #expect(throws: FileError.self) { try FileWriting.makeDirectory(folder + "/f/g") }
        #expect(throws: FileError.self) { try FileWriting.makeDirectory(folder + "/f") }
    }
}
