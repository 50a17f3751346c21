import FlatBuffers
import TestSupport
import Testing

@Suite struct FlatBufferTests {
    /// A table of every kind of field, with two tables in a list.
    private static func sample() -> [UInt8] {
        var builder = FlatBufferBuilder()
        let names = ["first", "zweite ä"].map { name in
            let string = builder.string(name)
            return builder.table([.reference(string)])
        }
        let list = builder.vector(of: names)
        let inner = builder.table([.byte(7), nil, .float(1.5)])
        let root = builder.table([
            .byte(3), .short(515), .int(-9), .unsigned(4_000_000_000), .float(-0.25), .reference(inner),
            .reference(list), nil,
        ])
        return builder.finish(root: root)
    }

    private static func read(_ bytes: [UInt8]) throws(FlatBufferFault) {
        let root = try FlatBufferReader(bytes: bytes).root()
        for slot in 0..<5 { _ = (try root.byte(slot), try root.short(slot), try root.unsigned(slot)) }
        _ = try root.table(5)?.float(2)
        for table in try root.tables(6, limit: 16) { _ = try table.string(0, limit: 64) }
    }

    @Test("reads back what was written, and the defaults of what was not")
    func roundTrip() throws {
        let root = try FlatBufferReader(bytes: Self.sample()).root()
        #expect(try root.byte(0) == 3 && root.short(1) == 515 && root.int(2) == -9)
        #expect(try root.unsigned(3) == 4_000_000_000 && root.float(4) == -0.25)
        let inner = try #require(try root.table(5))
        #expect(try inner.byte(0) == 7 && inner.short(1, default: 99) == 99 && inner.float(2) == 1.5)
        let list = try root.tables(6, limit: 2)
        #expect(try list.map { table in try table.string(0, limit: 64) } == ["first", "zweite ä"])
        #expect(try root.table(7) == nil && root.table(40) == nil && root.tables(41, limit: 1).isEmpty)
    }

    @Test("lies aligned as the format wants it, root first")
    func alignment() {
        let bytes = Self.sample()
        let root = Int(bytes[0]) | Int(bytes[1]) << 8
        #expect(bytes.count % 4 == 0 && root % 4 == 0 && bytes[2] == 0 && bytes[3] == 0)
    }

    @Test("names lists and strings that are longer than allowed")
    func limits() throws {
        let root = try FlatBufferReader(bytes: Self.sample()).root()
        #expect(throws: FlatBufferFault.self) { try root.tables(6, limit: 1) }
        let list = try root.tables(6, limit: 2)
        #expect(throws: FlatBufferFault.self) { try list[0].string(0, limit: 4) }
    }

    @Test("a buffer cut off anywhere is refused or read without harm")
    func truncation() {
        let whole = Self.sample()
        var refused = 0
        for count in 0..<whole.count {
            do throws(FlatBufferFault) { try Self.read(Array(whole[..<count])) } catch { refused += 1 }
        }
        // The first string written lies at the end: all of the buffer is needed.
        #expect(refused >= whole.count - 4)
    }

    @Test("any byte changed is refused or read without harm")
    func corruption() {
        var random = SplitMix64(seed: 5)
        let whole = Self.sample()
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do throws(FlatBufferFault) { try Self.read(bytes) } catch {}
        }
    }
}
