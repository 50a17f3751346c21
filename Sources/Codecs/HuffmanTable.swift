/// A canonical Huffman code of difference categories (T.81, annex C), ready to be looked up.
struct HuffmanTable {
    /// Codes up to this long are found in one step.
    static let lookupBits = 10

    /// By the next ten bits: category << 8 | code length; 0 for longer codes and for none.
    let lookup: [UInt16]
    /// By code length 1…16: the largest code, left-aligned in 16 bits, exclusive; 0 where there is no code.
    let limits: [UInt32]
    /// By code length: what to add to a code to index `categories`.
    let offsets: [Int]
    let categories: [UInt8]

    /// `nil` when the counts overfill the code space or a category is over 16.
    init?(counts: [Int], categories: [UInt8]) {
        guard categories.allSatisfy({ $0 <= 16 }) else { return nil }
        var lookup = [UInt16](repeating: 0, count: 1 << Self.lookupBits)
        var limits = [UInt32](repeating: 0, count: 17)
        var offsets = [Int](repeating: 0, count: 17)
        var code = 0
        var index = 0
        for length in 1...16 {
            offsets[length] = index - code
            for _ in 0..<counts[length - 1] {
                guard code < 1 << length else { return nil }
                if length <= Self.lookupBits {
                    let first = code << (Self.lookupBits - length)
                    let entry = UInt16(categories[index]) << 8 | UInt16(length)
                    for slot in first..<first + 1 << (Self.lookupBits - length) { lookup[slot] = entry }
                }
                code += 1
                index += 1
            }
            limits[length] = counts[length - 1] > 0 ? UInt32(code) << (16 - length) : 0
            code <<= 1
        }
        self.lookup = lookup
        self.limits = limits
        self.offsets = offsets
        self.categories = categories
    }
}

/// Reads Huffman-coded differences from entropy-coded JPEG data. Past the end or a marker it delivers zeros, and says so.
struct HuffmanReader {
    private let data: UnsafeRawBufferPointer
    private var position = 0
    /// The next bits, left-aligned.
    private var held: UInt64 = 0
    private var heldBits = 0
    /// Bits delivered that the data does not hold.
    private var inventedBits = 0

    init(_ data: UnsafeRawBufferPointer) { self.data = data }

    /// Whether more bits have been read than there are.
    var isExhausted: Bool { inventedBits > heldBits }

    /// The category that comes next, found in the lookups of all components one after the other; -1 when its code is
    /// longer than they hold.
    @inline(__always)
    mutating func shortCode(_ lookups: UnsafeBufferPointer<UInt16>, _ component: Int) -> Int {
        if heldBits < 32 { fill() }
        let entry = lookups[component << HuffmanTable.lookupBits + Int(held >> UInt64(64 - HuffmanTable.lookupBits))]
        if entry == 0 { return -1 }
        drop(Int(entry & 255))
        return Int(entry >> 8)
    }

    /// The category of a code longer than the lookups hold, -1 when there is none. Comes after ``shortCode(_:_:)``.
    mutating func longCode(_ table: HuffmanTable) -> Int {
        let next = UInt32(truncatingIfNeeded: held >> 48)
        for length in (HuffmanTable.lookupBits + 1)...16 where next < table.limits[length] {
            let index = Int(next >> UInt32(16 - length)) + table.offsets[length]
            guard table.categories.indices.contains(index) else { return -1 }
            drop(length)
            return Int(table.categories[index])
        }
        return -1
    }

    /// The difference whose category has just been read (T.81, H.1.2.2).
    @inline(__always)
    mutating func difference(category: Int) -> Int {
        if category == 0 { return 0 }
        if category == 16 { return 32_768 }
        let bits = Int(held >> UInt64(64 - category))
        drop(category)
        return bits < 1 << (category - 1) ? bits - (1 << category) + 1 : bits
    }

    /// Goes on after the next restart marker; `false` when something else comes.
    mutating func skipRestartMarker() -> Bool {
        guard !isExhausted, position + 2 <= data.count, data[position] == 0xFF,
            (0xD0...0xD7).contains(data[position + 1])
        else { return false }
        position += 2
        held = 0
        heldBits = 0
        inventedBits = 0
        return true
    }

    @inline(__always)
    private mutating func drop(_ count: Int) {
        held <<= UInt64(count)
        heldBits -= count
    }

    private mutating func fill() {
        while heldBits <= 56 {
            var byte: UInt8 = 0
            if position < data.count, data[position] != 0xFF {
                byte = data[position]
                position += 1
            } else if position + 1 < data.count, data[position + 1] == 0 {
                byte = 0xFF
                position += 2
            } else {
                inventedBits += 8
            }
            held |= UInt64(byte) << UInt64(56 - heldBits)
            heldBits += 8
        }
    }
}
