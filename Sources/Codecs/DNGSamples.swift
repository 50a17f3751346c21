internal import Imaging
internal import Tensors

/// The samples of a raw directory on their way from the stored ones to linear ones: where they lie in the file as long as
/// nothing changes them, then in words of their own.
struct DNGSamples {
    let width: Int
    let height: Int
    private(set) var rows: TIFFRaster.Samples
    /// Of the pixel format that holds them: 9, 11, 13 and 15 bits are held in the next one up, floating point samples in 16.
    private(set) var bitDepth: Int
    /// The largest value that a sample can have.
    private(set) var maximum: Double
    /// Of a floating point sample: what became 65535.
    let floatingPointWhite: Double?
    private var isOwned = false

    init(_ raster: TIFFRaster, _ directory: TIFFDirectory, in file: ByteStorage) throws(CodecError) {
        (width, height) = (raster.width, raster.height)
        guard raster.isFloatingPoint else {
            rows = try raster.samples(in: file)
            bitDepth = raster.bitsPerSample == 8 ? 8 : (raster.bitsPerSample + 1) / 2 * 2
            maximum = Double((1 << raster.bitsPerSample) - 1)
            floatingPointWhite = nil
            return
        }
        let white = try directory.numbers(.whiteLevel, atMost: 4)?.first ?? 1
        guard white > 0 else { throw directory.fault(.whiteLevel, "is \(white)") }
        rows = try raster.scaledSamples(in: file, white: white)
        (bitDepth, maximum, floatingPointWhite) = (16, 65535, white)
        isOwned = true
    }

    /// Row `y` after ``makeWords()``.
    func words(_ y: Int) -> UnsafeMutablePointer<UInt16> {
        (rows.storage.base + rows.byteOffset + y * rows.rowStride).assumingMemoryBound(to: UInt16.self)
    }

    /// Copies the samples into words that may be changed.
    mutating func makeWords() {
        guard !isOwned else { return }
        let source = self
        let storage = ByteStorage(byteCount: 2 * width * height, zeroed: false)
        for y in 0..<height {
            let target = (storage.base + 2 * width * y).assumingMemoryBound(to: UInt16.self)
            if bitDepth == 8 {
                let row = source.rows.storage.base + source.rows.byteOffset + y * source.rows.rowStride
                for x in 0..<width { target[x] = UInt16(row.load(fromByteOffset: x, as: UInt8.self)) }
            } else {
                target.update(from: source.words(y), count: width)
            }
        }
        rows = TIFFRaster.Samples(storage: storage, byteOffset: 0, rowStride: 2 * width)
        // Words hold 10 bits and more.
        bitDepth = max(bitDepth, 10)
        isOwned = true
    }

    /// Samples above the end of the table become its last value (DNG specification, LinearizationTable).
    mutating func linearize(_ table: [UInt16]) {
        makeWords()
        for y in 0..<height {
            let row = words(y)
            for x in 0..<width { row[x] = table[min(Int(row[x]), table.count - 1)] }
        }
        bitDepth = 16
        maximum = Double(table.reduce(0, max))
    }

    /// Spreads the samples over 16 bits: `white` becomes 65535.
    mutating func widen(white: Double) {
        makeWords()
        let scale = 65535 / white
        for y in 0..<height {
            let row = words(y)
            for x in 0..<width { row[x] = UInt16(min(Double(row[x]) * scale, 65535).rounded()) }
        }
        (bitDepth, maximum) = (16, 65535)
    }

    /// After an opcode that may have written any value.
    mutating func allowAnyWord() { (bitDepth, maximum) = (16, 65535) }
}
