/// Masks in COCO's compressed form: lengths of runs down the columns, of cells outside and inside by turns, beginning outside.
///
/// From the third on a length is written as its difference from the one before the last; each number in groups of 5 bits, lowest
/// first, of a two's complement, with bit 5 set where more follow, as the character of code 48 + group.
package enum RunLengths {
    /// - Parameter isInside: for each cell, row by row.
    package static func text(width: Int, height: Int, isInside: (Int) -> Bool) -> String {
        var lengths: [Int] = []
        var length = 0
        var state = false
        for column in 0..<width {
            for row in 0..<height {
                if isInside(row * width + column) != state {
                    lengths.append(length)
                    length = 0
                    state.toggle()
                }
                length += 1
            }
        }
        lengths.append(length)
        return text(lengths)
    }

    /// For each cell, row by row, whether it is inside; `nil` for a text that does not fill the grid exactly.
    package static func isInside(_ text: String, width: Int, height: Int) -> [Bool]? {
        guard width > 0, height > 0 else { return text == "0" ? [] : nil }
        var cells = [Bool](repeating: false, count: width * height)
        var lengths: [Int] = []
        var (rest, shift, position) = (0, 0, 0)
        for byte in text.utf8 {
            guard (48..<112).contains(byte), shift < 60 else { return nil }
            let group = Int(byte) - 48
            rest |= (group & 0x1F) << shift
            shift += 5
            if group & 0x20 != 0 { continue }
            if group & 0x10 != 0 { rest |= -1 << shift }
            let length = lengths.count > 2 ? rest + lengths[lengths.count - 2] : rest
            guard length >= 0, length <= cells.count - position else { return nil }
            if lengths.count % 2 == 1 {
                for cell in position..<position + length { cells[cell % height * width + cell / height] = true }
            }
            position += length
            lengths.append(length)
            (rest, shift) = (0, 0)
        }
        return position == cells.count && shift == 0 ? cells : nil
    }

    private static func text(_ lengths: [Int]) -> String {
        var characters: [UInt8] = []
        for (index, length) in lengths.enumerated() {
            var rest = index > 2 ? length - lengths[index - 2] : length
            while true {
                let group = rest & 0x1F
                rest >>= 5
                let isLast = group & 0x10 != 0 ? rest == -1 : rest == 0
                characters.append(UInt8(48 + group + (isLast ? 0 : 0x20)))
                if isLast { break }
            }
        }
        return String(decoding: characters, as: UTF8.self)
    }
}
