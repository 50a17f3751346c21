extension LosslessJPEG {
    /// Reads the markers up to the entropy-coded data of the only scan.
    static func readHeader(_ bytes: UnsafeRawBufferPointer) throws(CodecError) -> Header {
        var header = Header()
        guard bytes.count >= 4, bytes[0] == 0xFF, bytes[1] == 0xD8 else {
            throw fault("SOI", "is missing")
        }
        var position = 2
        while true {
            guard position + 4 <= bytes.count else { throw fault("markers", "ended early") }
            guard bytes[position] == 0xFF else { throw fault("markers", "no marker at byte \(position)") }
            let marker = bytes[position + 1]
            if marker == 0xFF {
                position += 1
                continue
            }
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            guard length >= 2, position + 2 + length <= bytes.count else { throw fault("markers", "ended early") }
            let segment = UnsafeRawBufferPointer(rebasing: bytes[(position + 4)..<(position + 2 + length)])
            position += 2 + length
            switch marker {
            case 0xC3: try readFrame(segment, &header)
            case 0xC4: try readTables(segment, &header)
            case 0xDA:
                try readScan(segment, &header)
                header.dataStart = position
                return header
            case 0xDD:
                guard segment.count == 2 else { throw fault("DRI", "has \(segment.count) bytes") }
                header.restartInterval = Int(segment[0]) << 8 | Int(segment[1])
            case 0xC0...0xC2, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                throw .unsupported(format: format, field: "SOF", detail: "\(marker - 0xC0); only 3 (lossless) is read")
            default: break
            }
        }
    }

    private static func readFrame(_ segment: UnsafeRawBufferPointer, _ header: inout Header) throws(CodecError) {
        guard header.components.isEmpty else { throw fault("SOF3", "appears twice") }
        guard segment.count >= 6, segment.count == 6 + 3 * Int(segment[5]) else {
            throw fault("SOF3", "has \(segment.count) bytes")
        }
        header.precision = Int(segment[0])
        header.height = Int(segment[1]) << 8 | Int(segment[2])
        header.width = Int(segment[3]) << 8 | Int(segment[4])
        guard (2...16).contains(header.precision) else { throw fault("SOF3", "\(header.precision) bits a sample") }
        guard header.width > 0, header.height > 0 else { throw fault("SOF3", "\(header.width)×\(header.height)") }
        guard (1...4).contains(segment[5]) else {
            throw .unsupported(format: format, field: "SOF3", detail: "\(segment[5]) components")
        }
        for index in 0..<Int(segment[5]) {
            guard segment[7 + 3 * index] == 0x11 else {
                throw .unsupported(format: format, field: "SOF3", detail: "subsampled components")
            }
            header.components.append(Component(identifier: Int(segment[6 + 3 * index])))
        }
    }

    private static func readTables(_ segment: UnsafeRawBufferPointer, _ header: inout Header) throws(CodecError) {
        var position = 0
        while position < segment.count {
            guard position + 17 <= segment.count else { throw fault("DHT", "ended early") }
            let identifier = Int(segment[position] & 15)
            guard segment[position] < 16, identifier < 4 else { throw fault("DHT", "table \(segment[position])") }
            let counts = (1...16).map { Int(segment[position + $0]) }
            let total = counts.reduce(0, +)
            position += 17
            guard position + total <= segment.count else { throw fault("DHT", "ended early") }
            let categories = (0..<total).map { segment[position + $0] }
            position += total
            guard let table = HuffmanTable(counts: counts, categories: categories) else {
                throw fault("DHT", "table \(identifier) is no Huffman code of categories 0 to 16")
            }
            header.tables[identifier] = table
        }
    }

    private static func readScan(_ segment: UnsafeRawBufferPointer, _ header: inout Header) throws(CodecError) {
        guard !header.components.isEmpty else { throw fault("SOS", "comes before SOF3") }
        guard segment.count >= 4, segment.count == 4 + 2 * Int(segment[0]) else {
            throw fault("SOS", "has \(segment.count) bytes")
        }
        guard Int(segment[0]) == header.components.count else {
            throw .unsupported(format: format, field: "SOS", detail: "components in scans of their own")
        }
        for index in header.components.indices {
            guard Int(segment[1 + 2 * index]) == header.components[index].identifier else {
                throw fault("SOS", "names other components than SOF3")
            }
            let table = Int(segment[2 + 2 * index] >> 4)
            guard table < 4 else { throw fault("SOS", "table \(table)") }
            header.components[index].table = table
        }
        header.predictor = Int(segment[segment.count - 3])
        header.pointTransform = Int(segment[segment.count - 1] & 15)
        guard (1...7).contains(header.predictor) else { throw fault("SOS", "predictor \(header.predictor)") }
        guard header.pointTransform < header.precision else {
            throw fault("SOS", "point transform \(header.pointTransform)")
        }
    }
}
