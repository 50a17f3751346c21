import Imaging
import Tensors
import TestSupport

/// Folder of the files that `tools/make-codec-fixtures.py` writes.
let fixtures = Repository.root + "/Tests/Fixtures/Codecs"

func fixture(_ name: String) throws -> ByteStorage {
    try ByteStorage.mapping(path: "\(fixtures)/\(name)")
}

extension Picture {
    /// Noise of every value that the format holds.
    static func noise(width: Int, height: Int, format: Format, seed: UInt64 = 1) -> Picture {
        var generator = SplitMix64(seed: seed)
        let picture = Picture(width: width, height: height, format: format)
        for index in 0..<picture.storage.byteCount {
            picture.storage.mutableBytes[index] = UInt8.random(in: 0...255, using: &generator)
        }
        return picture
    }

    /// A smooth picture, as JPEG likes it.
    static func gradient(width: Int, height: Int, format: Format) -> Picture {
        let picture = Picture(width: width, height: height, format: format)
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<format.channels {
                    let value = UInt8((x * (channel + 1) + y * (3 - channel)) * 255 / (3 * (width + height)))
                    picture.row(y).storeBytes(
                        of: value, toByteOffset: x * format.channels + channel, as: UInt8.self)
                }
            }
        }
        return picture
    }

    /// The pixels without padding.
    var pixelBytes: [UInt8] {
        (0..<height).flatMap { UnsafeRawBufferPointer(start: row($0), count: width * format.bytesPerPixel) }
    }
}

extension RawFrame {
    /// Random samples over the format's whole range, in whatever packing it has, in rows with `padding` bytes to spare.
    static func noise(width: Int, height: Int, format: PixelFormat, padding: Int = 0, seed: UInt64 = 1) -> RawFrame {
        var generator = SplitMix64(seed: seed)
        let stride = format.minimumRowStride(width: width) + padding
        let storage = ByteStorage(byteCount: stride * height)
        for index in 0..<storage.byteCount {
            storage.mutableBytes[index] = UInt8.random(in: 0...255, using: &generator)
        }
        if format.packing == .unpacked, format.bitDepth > 8 {
            for index in Swift.stride(from: 1, to: storage.byteCount, by: 2) {
                storage.mutableBytes[index] &= UInt8(truncatingIfNeeded: format.maximumSample >> 8)
            }
        }
        return RawFrame(width: width, height: height, pixelFormat: format, rowStride: stride, storage: storage)
    }

    /// The samples one by one, by the definition of each packing.
    var samples: [Int] {
        (0..<height).flatMap { y in (0..<width).map { x in sample(x, y) } }
    }

    private func sample(_ x: Int, _ y: Int) -> Int {
        func byte(_ index: Int) -> Int { Int(storage.bytes[byteOffset + y * rowStride + index]) }
        let depth = pixelFormat.bitDepth
        switch (pixelFormat.packing, depth) {
        case (.unpacked, 8): return byte(x)
        case (.unpacked, _): return byte(2 * x) | byte(2 * x + 1) << 8
        case (.csi2, 10): return byte(x / 4 * 5 + x % 4) << 2 | byte(x / 4 * 5 + 4) >> (2 * (x % 4)) & 3
        case (.csi2, 12): return byte(x / 2 * 3 + x % 2) << 4 | byte(x / 2 * 3 + 2) >> (4 * (x % 2)) & 15
        case (.csi2, _):
            let group = x / 4 * 7
            let tails = byte(group + 4) | byte(group + 5) << 8 | byte(group + 6) << 16
            return byte(group + x % 4) << 6 | tails >> (6 * (x % 4)) & 63
        case (.lsb, _):
            return (0..<depth).reduce(0) { value, bit in
                let position = x * depth + bit
                return value | (byte(position / 8) >> (position % 8) & 1) << bit
            }
        case (.gigeVision, _):
            let middle = byte(x / 2 * 3 + 1)
            return x % 2 == 0
                ? byte(x / 2 * 3) << (depth - 8) | middle & (1 << (depth - 8) - 1)
                : byte(x / 2 * 3 + 2) << (depth - 8) | (middle >> 4) & (1 << (depth - 8) - 1)
        }
    }
}

extension ByteStorage {
    /// The bytes in storage of their own: a pointer into a mapping must not outlive it.
    var array: [UInt8] { withExtendedLifetime(self) { Array(bytes) } }
}

/// Mean square error of two 8-bit byte strings of the same length.
func mse(_ a: [UInt8], _ b: [UInt8]) -> Double {
    zip(a, b).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) } / Double(a.count)
}
