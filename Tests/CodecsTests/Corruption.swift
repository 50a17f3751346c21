import Codecs
import Imaging
import Tensors
import TestSupport
import Testing

/// What every decoder owes to broken bytes: an error of its own or a result, and no crash.
enum Corruption {
    /// Every proper prefix of `file` must be refused.
    static func refusesEveryTruncation(
        of file: [UInt8], _ decode: (ByteStorage) throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for count in file.indices {
            // Exact storage on the heap, so that a sanitizer sees a read past the end.
            let bytes = ByteStorage(Array(file[..<count]))
            #expect(throws: CodecError.self, "the first \(count) bytes", sourceLocation: sourceLocation) {
                try decode(bytes)
            }
        }
    }

    /// `count` seeded files with one to four changed bytes each; some decode, none may crash or throw another error.
    static func survivesFlips(
        of file: [UInt8], count: Int = 10_000, seed: UInt64 = 1, _ decode: (ByteStorage) throws -> Void
    ) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<count {
            var bytes = file
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            do {
                try decode(ByteStorage(bytes))
            } catch is CodecError {
                continue
            }
        }
    }
}

/// Small enough that a flipped size does not cost the test seconds.
let tightLimits = DecodeLimits(maximumByteCount: 1 << 20, maximumDimension: 4096, maximumPixelCount: 1 << 18)
