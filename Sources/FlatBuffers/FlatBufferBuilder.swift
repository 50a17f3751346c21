/// Writes a FlatBuffer from its end to its start, as the format wants it: what is referred to is written before what refers
/// to it (FlatBuffers documentation, "FlatBuffers internals"). Offsets are counted from the end of the buffer.
package struct FlatBufferBuilder {
    /// The buffer, last byte first.
    private var reversed: [UInt8] = []
    private var largestAlignment = 1

    package init() {}

    /// Aligns so that after `additional` more bytes the next value of `size` bytes lies at a multiple of `size`.
    private mutating func align(to size: Int, before additional: Int = 0) {
        largestAlignment = max(largestAlignment, size)
        let rest = (reversed.count + additional) % size
        if rest != 0 { reversed += [UInt8](repeating: 0, count: size - rest) }
    }

    private mutating func push(_ value: UInt64, size: Int) {
        for byte in (0..<size).reversed() { reversed.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte)))) }
    }

    private mutating func pushReference(to offset: Int) {
        align(to: 4)
        push(UInt64(reversed.count + 4 - offset), size: 4)
    }

    /// - Returns: the string's offset.
    package mutating func string(_ text: String) -> Int {
        let bytes = Array(text.utf8)
        align(to: 4, before: bytes.count + 1)
        reversed.append(0)
        reversed += bytes.reversed()
        push(UInt64(bytes.count), size: 4)
        return reversed.count
    }

    /// A vector of tables or strings.
    package mutating func vector(of offsets: [Int]) -> Int {
        align(to: 4, before: 4 * offsets.count)
        for offset in offsets.reversed() { pushReference(to: offset) }
        push(UInt64(offsets.count), size: 4)
        return reversed.count
    }

    /// A value of a table's slot.
    package enum Field {
        case byte(UInt8)
        case short(UInt16)
        case int(Int32)
        case unsigned(UInt32)
        case float(Float)
        /// A string, vector or table.
        case reference(Int)

        fileprivate var size: Int {
            switch self {
            case .byte: 1
            case .short: 2
            case .int, .unsigned, .float, .reference: 4
            }
        }
    }

    /// A table whose fields are given by slot in the schema's order; `nil` takes the schema's default.
    package mutating func table(_ values: [Field?]) -> Int {
        let end = reversed.count
        var places = [Int](repeating: 0, count: values.count)
        // Small fields first, from the end: then none needs padding.
        for slot in values.indices.sorted(by: { (values[$0]?.size ?? 0, $0) < (values[$1]?.size ?? 0, $1) }) {
            guard let value = values[slot] else { continue }
            align(to: value.size)
            switch value {
            case .byte(let byte): push(UInt64(byte), size: 1)
            case .short(let short): push(UInt64(short), size: 2)
            case .int(let int): push(UInt64(UInt32(bitPattern: int)), size: 4)
            case .unsigned(let int): push(UInt64(int), size: 4)
            case .float(let float): push(UInt64(float.bitPattern), size: 4)
            case .reference(let offset): pushReference(to: offset)
            }
            places[slot] = reversed.count
        }
        align(to: 4)
        // The distance to the virtual table, which is written next and so lies before the table.
        let vtableByteCount = 4 + 2 * values.count
        push(UInt64(vtableByteCount), size: 4)
        let table = reversed.count
        for place in places.reversed() { push(UInt64(place == 0 ? 0 : table - place), size: 2) }
        push(UInt64(table - end), size: 2)
        push(UInt64(vtableByteCount), size: 2)
        return table
    }

    /// The finished buffer, whose root is the table at `root`.
    package consuming func finish(root: Int) -> [UInt8] {
        align(to: max(4, largestAlignment), before: 4)
        pushReference(to: root)
        return reversed.reversed()
    }
}
