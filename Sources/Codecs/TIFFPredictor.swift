/// What a compressor does to rows so that they pack better: TIFF 6.0 section 14, TIFF technical note 3, and DNG's forms that
/// reach over two or four samples (DNG specification 1.7, tag Predictor), for the columns of a mosaic.
struct TIFFPredictor: Equatable {
    enum Kind {
        /// Integer samples as differences from the sample `step` before.
        case horizontal
        /// Bytes of floating point samples by significance, most significant first, then as differences of bytes.
        case floatingPoint
    }

    let kind: Kind
    /// Samples of the same row that lie between a sample and what it is predicted from, in units of pixels.
    let step: Int

    /// - Returns: `nil` for 1, no predictor.
    init?(code: Int, _ directory: TIFFDirectory) throws(CodecError) {
        switch code {
        case 1: return nil
        case 2: (kind, step) = (.horizontal, 1)
        case 3: (kind, step) = (.floatingPoint, 1)
        case 34892: (kind, step) = (.horizontal, 2)
        case 34893: (kind, step) = (.horizontal, 4)
        case 34894: (kind, step) = (.floatingPoint, 2)
        case 34895: (kind, step) = (.floatingPoint, 4)
        default: throw directory.unsupported(.predictor, "\(code)")
        }
    }

    /// Undoes horizontal differences of bytes, `stride` bytes apart.
    static func accumulate(_ row: UnsafeMutablePointer<UInt8>, count: Int, stride: Int) {
        guard count > stride else { return }
        for index in stride..<count { row[index] &+= row[index - stride] }
    }

    /// Undoes horizontal differences of words in the machine's byte order, `stride` words apart.
    static func accumulate(_ row: UnsafeMutablePointer<UInt16>, count: Int, stride: Int) {
        guard count > stride else { return }
        for index in stride..<count { row[index] &+= row[index - stride] }
    }

    /// Undoes the floating point predictor: `count` samples of `size` bytes, which come out big-endian.
    ///
    /// - Parameter scratch: as long as the row.
    static func gather(
        _ row: UnsafeMutablePointer<UInt8>, count: Int, size: Int, stride: Int, scratch: UnsafeMutablePointer<UInt8>
    ) {
        accumulate(row, count: count * size, stride: stride)
        for byte in 0..<size {
            for index in 0..<count { scratch[index * size + byte] = row[byte * count + index] }
        }
        row.update(from: scratch, count: count * size)
    }
}
