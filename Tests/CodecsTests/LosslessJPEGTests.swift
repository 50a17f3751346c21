import Codecs
import Imaging
import Tensors
import TestSupport
import Testing

@Suite("Lossless JPEG in DNG")
struct LosslessJPEGTests {
    @Test(
        "decodes every predictor, one to four components and restarts", arguments: 1...7,
        [(1, 0), (2, 0), (4, 0), (2, 1)])
    func predictors(predictor: Int, kind: (components: Int, restartRows: Int)) throws {
        let (width, height) = (16, 12)
        var generator = SplitMix64(seed: UInt64(predictor))
        let samples = (0..<width * height).map { _ in Int.random(in: 0..<4096, using: &generator) }
        let encoded = LosslessJPEGWriter(
            width: width / kind.components, height: height, components: kind.components, precision: 12,
            predictor: predictor, restartRows: kind.restartRows
        ).encode(samples)
        let frame = try DNGDecoder.decode(ByteStorage(file(width, height, encoded)))
        #expect(frame.samples == samples)
        // The end-of-image marker is not missed: DNG says how long the strip is.
        Corruption.refusesEveryTruncation(of: encoded.dropLast(2)) { prefix in
            _ = try DNGDecoder.decode(ByteStorage(file(width, height, prefix.array)))
        }
    }

    @Test("decodes codes of every length up to 16 bits", arguments: [8, 12, 16])
    func longCodes(precision: Int) throws {
        var generator = SplitMix64(seed: UInt64(precision))
        let samples = (0..<192).map { _ in Int.random(in: 0..<1 << precision, using: &generator) }
        let encoded = LosslessJPEGWriter(
            width: 8, height: 12, components: 2, precision: precision, predictor: 1, restartRows: 0, hasLongCodes: true
        ).encode(samples)
        let strip = file(16, 12, encoded, bitsPerSample: max(precision, 12))
        #expect(try DNGDecoder.decode(ByteStorage(strip)).samples == samples)
    }

    @Test("survives 10,000 streams with changed bytes")
    func flips() throws {
        let encoded = LosslessJPEGWriter(
            width: 8, height: 12, components: 2, precision: 12, predictor: 7, restartRows: 1
        ).encode([Int](repeating: 77, count: 192))
        try Corruption.survivesFlips(of: encoded) { stream in
            _ = try DNGDecoder.decode(ByteStorage(file(16, 12, stream.array)))
        }
    }

    @Test("refuses a stream of another size than its tile")
    func wrongSize() throws {
        let encoded = LosslessJPEGWriter(
            width: 8, height: 12, components: 2, precision: 12, predictor: 1, restartRows: 0
        ).encode([Int](repeating: 77, count: 192))
        let error = #expect(throws: CodecError.self) { try DNGDecoder.decode(ByteStorage(file(16, 13, encoded))) }
        guard case .malformed("lossless JPEG", "SOF3", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    private func file(_ width: Int, _ height: Int, _ strip: [UInt8], bitsPerSample: Int = 12) -> [UInt8] {
        var builder = TIFFBuilder.mosaic(width: width, height: height, samples: [])
        builder.entries[258] = .shorts([bitsPerSample])
        builder.entries[259] = .shorts([7])
        builder.chunks = [strip]
        return builder.file
    }
}

/// Encodes plainly, by T.81's definitions, differences of categories 0 to 16.
private struct LosslessJPEGWriter {
    var width: Int
    var height: Int
    var components: Int
    var precision: Int
    var predictor: Int
    /// 0 for none.
    var restartRows: Int
    /// Code lengths 1 to 16 instead of five for all.
    var hasLongCodes = false

    func encode(_ samples: [Int]) -> [UInt8] {
        let counts: [UInt8] =
            hasLongCodes
            ? [UInt8](repeating: 1, count: 15) + [2]
            : [0, 0, 0, 0, 17] + [UInt8](repeating: 0, count: 11)
        var file: [UInt8] = [0xFF, 0xD8, 0xFF, 0xC4, 0, 36, 0] + counts + (0...16).map { UInt8($0) }
        file += [0xFF, 0xC3, 0, UInt8(8 + 3 * components), UInt8(precision), 0, UInt8(height), 0, UInt8(width)]
        file += [UInt8(components)] + (0..<components).flatMap { [UInt8($0 + 1), 0x11, 0] }
        if restartRows > 0 { file += [0xFF, 0xDD, 0, 4, 0, UInt8(restartRows * width)] }
        file += [0xFF, 0xDA, 0, UInt8(6 + 2 * components), UInt8(components)]
        file += (0..<components).flatMap { [UInt8($0 + 1), 0] } + [UInt8(predictor), 0, 0]
        let rows = restartRows == 0 ? height : restartRows
        for (index, first) in stride(from: 0, to: height, by: rows).enumerated() {
            if index > 0 { file += [0xFF, 0xD0 + UInt8((index - 1) % 8)] }
            file += interval(samples, first..<min(first + rows, height))
        }
        return file + [0xFF, 0xD9]
    }

    private func interval(_ samples: [Int], _ rows: Range<Int>) -> [UInt8] {
        var bits: [UInt8] = []
        func put(_ value: Int, _ count: Int) {
            for bit in (0..<count).reversed() { bits.append(UInt8(value >> bit & 1)) }
        }
        let stride = width * components
        for row in rows {
            for position in 0..<stride {
                let index = row * stride + position
                let isFirstColumn = position < components
                let left = isFirstColumn ? 0 : samples[index - components]
                let above = row == rows.lowerBound ? 0 : samples[index - stride]
                let corner = isFirstColumn || row == rows.lowerBound ? 0 : samples[index - stride - components]
                let prediction: Int
                if row == rows.lowerBound {
                    prediction = isFirstColumn ? 1 << (precision - 1) : left
                } else if isFirstColumn {
                    prediction = above
                } else {
                    prediction =
                        [
                            left, above, corner, left + above - corner, left + (above - corner) >> 1,
                            above + (left - corner) >> 1, (left + above) >> 1,
                        ][predictor - 1]
                }
                // Modulo 2^16, from -32767 to 32768.
                let modulo = (samples[index] - prediction) & 0xFFFF
                let difference = modulo > 32_768 ? modulo - 65_536 : modulo
                let magnitude = abs(difference)
                let category = Int.bitWidth - magnitude.leadingZeroBitCount
                if hasLongCodes {
                    // So many ones as the category, and a zero; sixteen ones need none.
                    put((1 << category - 1) << 1, category + 1)
                    if category == 16 { bits.removeLast() }
                } else {
                    put(category, 5)
                }
                if category < 16 { put(difference < 0 ? difference + (1 << category) - 1 : difference, category) }
            }
        }
        while bits.count % 8 != 0 { bits.append(1) }
        return Swift.stride(from: 0, to: bits.count, by: 8).flatMap { start -> [UInt8] in
            let byte = bits[start..<start + 8].reduce(0) { $0 << 1 | $1 }
            return byte == 0xFF ? [0xFF, 0] : [byte]
        }
    }
}
