internal import CCodecs
internal import Tensors

extension TIFFRaster {
    /// Rows of samples in memory: one byte a sample for 8 bits, else two in the machine's byte order.
    struct Samples {
        var storage: ByteStorage
        var byteOffset: Int
        var rowStride: Int
    }

    var bytesPerSample: Int { bitsPerSample == 8 ? 1 : 2 }

    /// The integer samples of the whole picture, where they lie in `file` if they can be used so, else copied.
    func samples(in file: ByteStorage) throws(CodecError) -> Samples {
        precondition(!isFloatingPoint)
        if let samples = inPlace(file) { return samples }
        return try unpacked(file)
    }

    /// Uncompressed samples in the machine's form whose strips follow each other without a gap need no copy.
    private func inPlace(_ file: ByteStorage) -> Samples? {
        guard case .none = compression, chunksAcross == 1, let first = chunks.first else { return nil }
        guard bitsPerSample == 8 || (bitsPerSample == 16 && !isBigEndian) else { return nil }
        let start = Int(bitPattern: file.base) + first.lowerBound
        guard start % bytesPerSample == 0 else { return nil }
        let chunkByteCount = chunkRowByteCount * chunkHeight
        for (index, chunk) in chunks.enumerated()
        where chunk.lowerBound != first.lowerBound + index * chunkByteCount {
            return nil
        }
        return Samples(storage: file, byteOffset: first.lowerBound, rowStride: chunkRowByteCount)
    }

    private func unpacked(_ file: ByteStorage) throws(CodecError) -> Samples {
        let rowStride = width * samplesPerPixel * bytesPerSample
        let storage = ByteStorage(byteCount: rowStride * height, zeroed: false)
        let target = Samples(storage: storage, byteOffset: 0, rowStride: rowStride)
        // The scratch tile of the lossless decoder, allocated when the first tile turns out to be readable.
        var scratch: [UInt16] = []
        for index in chunks.indices {
            let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[chunks[index]])
            switch compression {
            case .none: copyChunk(index, bytes, to: target)
            case .deflate:
                let inflated = try inflatedChunk(index, bytes)
                copyChunk(index, inflated.bytes, isInflated: true, to: target)
                withExtendedLifetime(inflated) {}
            case .losslessJPEG:
                let count = chunkWidth * samplesPerPixel * rows(ofChunk: index)
                try LosslessJPEG.decode(bytes, sampleCount: count, bitsPerSample: bitsPerSample, into: &scratch)
                scratch.withUnsafeBufferPointer { place($0, ofChunk: index, in: target) }
            }
        }
        return target
    }

    /// The part of the picture that strip or tile `index` covers.
    func extent(ofChunk index: Int) -> (x: Int, y: Int, width: Int, height: Int) {
        let x = index % chunksAcross * chunkWidth
        let y = index / chunksAcross * chunkHeight
        return (x, y, min(chunkWidth, width - x), min(chunkHeight, height - y))
    }

    private func copyChunk(
        _ index: Int, _ bytes: UnsafeRawBufferPointer, isInflated: Bool = false, to target: Samples
    ) {
        let extent = extent(ofChunk: index)
        let count = extent.width * samplesPerPixel
        for row in 0..<extent.height {
            let source = UnsafeRawBufferPointer(
                rebasing: bytes[(row * chunkRowByteCount)..<((row + 1) * chunkRowByteCount)])
            let start =
                target.storage.base + (extent.y + row) * target.rowStride
                + extent.x * samplesPerPixel * bytesPerSample
            switch bitsPerSample {
            case 8:
                UnsafeMutableRawBufferPointer(start: start, count: count).copyMemory(from: source.prefixBytes(count))
            case 16:
                copyWords(
                    source, count, isSwapped: isBigEndian && !isInflated, start.assumingMemoryBound(to: UInt16.self))
            default: unpackBits(source, count, start.assumingMemoryBound(to: UInt16.self))
            }
        }
    }

    private func copyWords(
        _ source: UnsafeRawBufferPointer, _ count: Int, isSwapped: Bool, _ target: UnsafeMutablePointer<UInt16>
    ) {
        for index in 0..<count {
            let word = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
            target[index] = isSwapped ? word.byteSwapped : word
        }
    }

    /// The bytes of a deflated strip or tile with its predictor undone. Words of 16 bits are in the machine's byte order,
    /// floating point samples behind a predictor big-endian, all others as the file has them.
    func inflatedChunk(_ index: Int, _ bytes: UnsafeRawBufferPointer) throws(CodecError) -> ByteStorage {
        let rowCount = rows(ofChunk: index)
        let chunk = ByteStorage(byteCount: chunkRowByteCount * rowCount, zeroed: false)
        let target = chunk.base.assumingMemoryBound(to: UInt8.self)
        try cc_zlib_inflate_into(
            bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, target, chunk.byteCount
        ).check(format: format, limit: chunk.byteCount)
        let count = chunkWidth * samplesPerPixel
        let stride = (predictor?.step ?? 0) * samplesPerPixel
        let isWords = bitsPerSample == 16 && !isFloatingPoint
        let scratch = UnsafeMutablePointer<UInt8>.allocate(capacity: chunkRowByteCount)
        defer { scratch.deallocate() }
        for row in 0..<rowCount {
            let start = target + row * chunkRowByteCount
            if isWords {
                let words = UnsafeMutableRawPointer(start).assumingMemoryBound(to: UInt16.self)
                if isBigEndian { for index in 0..<count { words[index] = words[index].byteSwapped } }
                if predictor != nil { TIFFPredictor.accumulate(words, count: count, stride: stride) }
            } else if predictor?.kind == .floatingPoint {
                TIFFPredictor.gather(
                    start, count: count, size: bitsPerSample / 8, stride: stride, scratch: scratch)
            } else if predictor != nil {
                TIFFPredictor.accumulate(start, count: count, stride: stride)
            }
        }
        return chunk
    }

    /// Most significant bit first; `source` holds all bits of `count` samples.
    private func unpackBits(_ source: UnsafeRawBufferPointer, _ count: Int, _ target: UnsafeMutablePointer<UInt16>) {
        let depth = bitsPerSample
        let mask = UInt64(1) << depth - 1
        // Four samples of an even depth fill whole bytes, at most seven: one load gets them all.
        var index = 0
        if depth % 2 == 0 {
            let groupByteCount = depth / 2
            var position = 0
            while index + 4 <= count, position + 8 <= source.count {
                let bits = UInt64(bigEndian: source.loadUnaligned(fromByteOffset: position, as: UInt64.self))
                target[index] = UInt16(truncatingIfNeeded: bits >> (64 - depth) & mask)
                target[index + 1] = UInt16(truncatingIfNeeded: bits >> (64 - 2 * depth) & mask)
                target[index + 2] = UInt16(truncatingIfNeeded: bits >> (64 - 3 * depth) & mask)
                target[index + 3] = UInt16(truncatingIfNeeded: bits >> (64 - 4 * depth) & mask)
                index += 4
                position += groupByteCount
            }
        }
        while index < count {
            var sample: UInt64 = 0
            let first = index * depth
            for byte in (first / 8)...((first + depth - 1) / 8) { sample = sample << 8 | UInt64(source[byte]) }
            let surplus = 7 - (first + depth - 1) % 8
            target[index] = UInt16(truncatingIfNeeded: sample >> surplus & mask)
            index += 1
        }
    }

    private func place(_ samples: UnsafeBufferPointer<UInt16>, ofChunk index: Int, in target: Samples) {
        let extent = extent(ofChunk: index)
        let count = extent.width * samplesPerPixel
        for row in 0..<extent.height {
            let source = row * chunkWidth * samplesPerPixel
            let start =
                target.storage.base + (extent.y + row) * target.rowStride
                + extent.x * samplesPerPixel * bytesPerSample
            for column in 0..<count {
                let sample = samples[source + column]
                if bytesPerSample == 1 {
                    start.storeBytes(of: UInt8(truncatingIfNeeded: sample), toByteOffset: column, as: UInt8.self)
                } else {
                    start.storeBytes(of: sample, toByteOffset: 2 * column, as: UInt16.self)
                }
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func prefixBytes(_ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[..<count])
    }
}
