/// Reads FlatBuffers from anyone: every offset is checked before it is followed.
///
/// A schema nests no deeper than the code that reads it, so a buffer whose offsets run in circles ends with the schema.
package struct FlatBufferReader: Sendable {
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// The table that the buffer begins with.
    package func root() throws(FlatBufferFault) -> Table { try Table(self, at: follow(0)) }

    /// A table by the place of its first byte. Slots are numbered as in the schema; a field that is not there has its default.
    package struct Table: Sendable {
        private let reader: FlatBufferReader
        private let start: Int
        private let vtable: Int
        private let vtableByteCount: Int

        fileprivate init(_ reader: FlatBufferReader, at start: Int) throws(FlatBufferFault) {
            self.reader = reader
            self.start = start
            vtable = start - Int(Int32(bitPattern: try reader.unsigned(start)))
            vtableByteCount = Int(try reader.short(vtable))
            guard vtableByteCount >= 4, vtableByteCount % 2 == 0 else {
                throw FlatBufferFault(byte: vtable, detail: "a table's list of fields has \(vtableByteCount) bytes")
            }
        }

        /// Where the field of `slot` lies; `nil` for a default.
        private func place(_ slot: Int) throws(FlatBufferFault) -> Int? {
            let entry = 4 + 2 * slot
            guard entry < vtableByteCount else { return nil }
            let offset = Int(try reader.short(vtable + entry))
            return offset == 0 ? nil : start + offset
        }

        package func byte(_ slot: Int, default value: UInt8 = 0) throws(FlatBufferFault) -> UInt8 {
            guard let place = try place(slot) else { return value }
            return try reader.byte(place)
        }

        package func short(_ slot: Int, default value: UInt16 = 0) throws(FlatBufferFault) -> UInt16 {
            guard let place = try place(slot) else { return value }
            return try reader.short(place)
        }

        package func unsigned(_ slot: Int, default value: UInt32 = 0) throws(FlatBufferFault) -> UInt32 {
            guard let place = try place(slot) else { return value }
            return try reader.unsigned(place)
        }

        package func int(_ slot: Int, default value: Int32 = 0) throws(FlatBufferFault) -> Int32 {
            Int32(bitPattern: try unsigned(slot, default: UInt32(bitPattern: value)))
        }

        package func float(_ slot: Int, default value: Float = 0) throws(FlatBufferFault) -> Float {
            Float(bitPattern: try unsigned(slot, default: value.bitPattern))
        }

        /// `nil` when the field is not there.
        package func table(_ slot: Int) throws(FlatBufferFault) -> Table? {
            guard let place = try place(slot) else { return nil }
            return try Table(reader, at: reader.follow(place))
        }

        /// - Throws: also for more than `limit` bytes, and for bytes that are not UTF-8.
        package func string(_ slot: Int, limit: Int) throws(FlatBufferFault) -> String {
            guard let place = try place(slot) else { return "" }
            let start = try reader.follow(place)
            let count = Int(try reader.unsigned(start))
            guard count <= limit else {
                throw FlatBufferFault(byte: start, detail: "a string of \(count) bytes, the limit is \(limit)")
            }
            try reader.check(start + 4, count)
            guard let text = String(validating: reader.bytes[start + 4..<start + 4 + count], as: UTF8.self) else {
                throw FlatBufferFault(byte: start, detail: "a string is not UTF-8")
            }
            return text
        }

        /// - Throws: also for more than `limit` tables.
        package func tables(_ slot: Int, limit: Int) throws(FlatBufferFault) -> [Table] {
            guard let place = try place(slot) else { return [] }
            let start = try reader.follow(place)
            let count = Int(try reader.unsigned(start))
            guard count <= limit else {
                throw FlatBufferFault(byte: start, detail: "a list of \(count), the limit is \(limit)")
            }
            try reader.check(start + 4, 4 * count)
            var tables: [Table] = []
            tables.reserveCapacity(count)
            for index in 0..<count { tables.append(try Table(reader, at: reader.follow(start + 4 + 4 * index))) }
            return tables
        }
    }

    private func check(_ start: Int, _ count: Int) throws(FlatBufferFault) {
        guard start >= 0, count >= 0, start <= bytes.count, count <= bytes.count - start else {
            throw FlatBufferFault(byte: start, detail: "lies outside the buffer of \(bytes.count) bytes")
        }
    }

    private func byte(_ place: Int) throws(FlatBufferFault) -> UInt8 {
        try check(place, 1)
        return bytes[place]
    }

    private func short(_ place: Int) throws(FlatBufferFault) -> UInt16 {
        try check(place, 2)
        return UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
    }

    private func unsigned(_ place: Int) throws(FlatBufferFault) -> UInt32 {
        try check(place, 4)
        return (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) }
    }

    private func follow(_ place: Int) throws(FlatBufferFault) -> Int { place + Int(try unsigned(place)) }
}
