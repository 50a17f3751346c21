/// Lossless JPEG with Huffman coding (ITU-T T.81, process 14, SOF3): what DNG calls compression 7.
///
/// Decodes 1 to 4 interleaved components without subsampling, 2 to 16 bits, predictors 1 to 7, restart intervals and
/// point transform.
enum LosslessJPEG {
    static let format = "lossless JPEG"

    struct Component {
        var identifier: Int
        var table = 0
    }

    /// Frame and scan header.
    struct Header {
        var precision = 0
        var width = 0
        var height = 0
        var components: [Component] = []
        var tables = [HuffmanTable?](repeating: nil, count: 4)
        var restartInterval = 0
        var predictor = 0
        var pointTransform = 0
        /// First byte of the entropy-coded data.
        var dataStart = 0
    }

    /// Decodes one strip or tile as a plain run of samples, in the order they are coded.
    ///
    /// A DNG tile w samples wide may be coded as two components w/2 wide, or even two rows at once: only the product
    /// counts, as DNG's readers do.
    ///
    /// - Parameters:
    ///   - sampleCount: samples that the strip or tile must hold.
    ///   - samples: scratch, made `sampleCount` long once the header has been found to agree.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, sampleCount: Int, bitsPerSample: Int, into samples: inout [UInt16]
    ) throws(CodecError) {
        let header = try readHeader(bytes)
        let rowCount = header.width * header.components.count
        guard rowCount * header.height == sampleCount else {
            throw fault(
                "SOF3",
                "\(header.width)×\(header.height) of \(header.components.count) components make no strip or tile "
                    + "of \(sampleCount) samples")
        }
        // A code takes at least one bit: a short file does not get a large scratch tile.
        guard sampleCount / 8 <= bytes.count - header.dataStart else {
            throw fault("scan", "ended early: \(bytes.count - header.dataStart) bytes for \(sampleCount) samples")
        }
        guard header.precision <= bitsPerSample else {
            throw fault("SOF3", "\(header.precision) bits a sample in a file of \(bitsPerSample)")
        }
        var tables: [HuffmanTable] = []
        for component in header.components {
            guard let table = header.tables[component.table] else {
                throw fault("DHT", "table \(component.table) is missing")
            }
            tables.append(table)
        }
        if samples.count != sampleCount { samples = [UInt16](repeating: 0, count: sampleCount) }
        let data = UnsafeRawBufferPointer(rebasing: bytes[header.dataStart...])
        let lookups = tables.flatMap(\.lookup)
        // The typed error does not pass through the closures.
        let result = samples.withUnsafeMutableBufferPointer { samples in
            lookups.withUnsafeBufferPointer { lookups in
                Result { () throws(CodecError) in try decodeScan(data, header, tables, lookups, samples) }
            }
        }
        try result.get()
    }

    private static func decodeScan(
        _ data: UnsafeRawBufferPointer, _ header: Header, _ tables: [HuffmanTable],
        _ lookups: UnsafeBufferPointer<UInt16>, _ samples: UnsafeMutableBufferPointer<UInt16>
    ) throws(CodecError) {
        let components = header.components.count
        let rowCount = header.width * components
        let start = 1 << (header.precision - header.pointTransform - 1)
        var reader = HuffmanReader(data)
        var untilRestart = header.restartInterval
        // After a restart the first row is predicted as the first of the picture is (T.81, H.1.1).
        var firstRow = 0
        for row in 0..<header.height {
            var position = row * rowCount
            for column in 0..<header.width {
                if header.restartInterval > 0 {
                    if untilRestart == 0 {
                        guard column == 0 else {
                            throw CodecError.unsupported(
                                format: format, field: "DRI", detail: "a restart within a row")
                        }
                        guard reader.skipRestartMarker() else { throw fault("RST", "is missing") }
                        untilRestart = header.restartInterval
                        firstRow = row
                    }
                    untilRestart -= 1
                }
                for component in 0..<components {
                    let prediction: Int
                    if row == firstRow {
                        prediction = column == 0 ? start : Int(samples[position - components])
                    } else if column == 0 {
                        prediction = Int(samples[position - rowCount])
                    } else {
                        let left = Int(samples[position - components])
                        let above = Int(samples[position - rowCount])
                        let corner = Int(samples[position - rowCount - components])
                        switch header.predictor {
                        case 1: prediction = left
                        case 2: prediction = above
                        case 3: prediction = corner
                        case 4: prediction = left + above - corner
                        case 5: prediction = left + (above - corner) >> 1
                        case 6: prediction = above + (left - corner) >> 1
                        default: prediction = (left + above) >> 1
                        }
                    }
                    var category = reader.shortCode(lookups, component)
                    if category < 0 { category = reader.longCode(tables[component]) }
                    guard category >= 0 else { throw fault("scan", "has a code that is in no Huffman table") }
                    let difference = reader.difference(category: category)
                    // Differences are modulo 2^16 (T.81, H.1.2.1).
                    samples[position] = UInt16(truncatingIfNeeded: prediction + difference)
                    position += 1
                }
            }
            guard !reader.isExhausted else { throw fault("scan", "ended early, in row \(row) of \(header.height)") }
        }
        if header.pointTransform > 0 {
            for index in samples.indices { samples[index] <<= UInt16(header.pointTransform) }
        }
    }

    static func fault(_ field: String, _ detail: String) -> CodecError {
        .malformed(format: format, field: field, detail: detail)
    }
}
