import Tensors
import TestSupport
import Testing

@Suite struct ByteStorageTests {
    @Test("aligns its base to 64 bytes", arguments: [0, 1, 63, 64, 65, 4097])
    func alignment(byteCount: Int) {
        let storage = ByteStorage(byteCount: byteCount)
        #expect(Int(bitPattern: storage.base) % 64 == 0)
        #expect(storage.bytes.count == byteCount)
        #expect(storage.bytes.allSatisfy { $0 == 0 })
    }

    @Test("maps a file's bytes as they are")
    func mapping() throws {
        let storage = try ByteStorage.mapping(path: Repository.root + "/LICENSE")
        #expect(String(decoding: storage.bytes, as: UTF8.self).contains("Apache License"))
    }

    @Test("says what failed, and where", arguments: ["/nonexistent/file", "/"])
    func mappingErrors(path: String) {
        #expect(throws: FileError.self) { try ByteStorage.mapping(path: path) }
    }
}
