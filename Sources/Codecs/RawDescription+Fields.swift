internal import Imaging

extension RawDescription {
    /// What a description may say, by the name that JSON gives it.
    package enum Field: String, Sendable, CaseIterable {
        case width, height, pixelFormat, rowStride, offset, blackLevel, whiteLevel, whiteBalanceGains, cameraToSRGB
        case calibrations, orientation, sequence, timestamp

        /// Finds a field by its name in any of the usual spellings: case, hyphens and underscores do not matter
        /// (`pixelFormat`, `Pixel-Format`, `pixel_format`).
        package init?(name: String) {
            let plain = Self.plain(name)
            guard let field = Self.allCases.first(where: { Self.plain($0.rawValue) == plain }) else { return nil }
            self = field
        }

        private static func plain(_ name: String) -> String { name.lowercased().filter { $0 != "-" && $0 != "_" } }
    }

    /// Fills in a description from names and values as HTTP headers and command-line flags give them.
    ///
    /// - Throws: `CodecError.argument` naming the field as the caller spells it: unknown, given twice, or a value that
    ///   cannot be read.
    package init(fields: [(name: String, value: String)]) throws(CodecError) {
        self.init()
        var seen: Set<Field> = []
        for (name, value) in fields {
            guard let field = Field(name: name) else {
                throw .argument(
                    field: name,
                    detail: "is no field of a raw description; there are: "
                        + Field.allCases.map(\.rawValue).joined(separator: ", "))
            }
            guard seen.insert(field).inserted else { throw .argument(field: name, detail: "is given twice") }
            try set(field, to: value, spelling: name)
        }
    }

    /// Reads one value from text. Lists are separated by commas: `blackLevel` has one or four numbers,
    /// `whiteBalanceGains` three, `cameraToSRGB` nine row by row.
    ///
    /// - Parameter spelling: how the caller writes the field, for the error.
    package mutating func set(
        _ field: Field, to text: String, spelling: String? = nil
    ) throws(CodecError) {
        let value = FieldText(name: spelling ?? field.rawValue, text: text)
        var single = RawDescription()
        switch field {
        case .width: single.width = try value.integer()
        case .height: single.height = try value.integer()
        case .pixelFormat: single.pixelFormat = try value.pixelFormat()
        case .rowStride: single.rowStride = try value.integer()
        case .offset: single.offset = try value.integer()
        case .blackLevel: single.blackLevel = try value.numbers(count: [1, 4])
        case .whiteLevel: single.whiteLevel = try value.numbers(count: [1])[0]
        case .whiteBalanceGains:
            let gains = try value.numbers(count: [3])
            single.whiteBalanceGains = SIMD3(gains[0], gains[1], gains[2])
        case .cameraToSRGB: single.cameraToSRGB = ColorMatrix(try value.numbers(count: [9]))
        case .calibrations:
            throw .argument(field: value.name, detail: "is too long for a flag or header: use a JSON description")
        case .orientation: single.orientation = try value.orientation()
        case .sequence: single.sequence = try value.unsigned()
        case .timestamp: single.timestamp = try value.unsigned()
        }
        do {
            try single.check()
        } catch .argument(_, let detail) {
            throw .argument(field: value.name, detail: detail)
        } catch {
            throw error
        }
        self = overridden(by: single)
    }
}

/// A value as text, and the name that errors call it by.
private struct FieldText {
    let name: String
    let text: String

    func integer() throws(CodecError) -> Int {
        guard let value = Int(trimmed(text[...])) else { throw fault("is no whole number") }
        return value
    }

    func unsigned() throws(CodecError) -> UInt64 {
        guard let value = UInt64(trimmed(text[...])) else { throw fault("is no whole number from 0 up") }
        return value
    }

    func numbers(count: [Int]) throws(CodecError) -> [Double] {
        var values: [Double] = []
        for part in text.prefix(1024).split(separator: ",", omittingEmptySubsequences: false) {
            guard let value = Double(trimmed(part)), value.isFinite else { throw fault("is no number") }
            values.append(value)
        }
        guard count.contains(values.count) else {
            throw fault(
                "has \(values.count) numbers, but takes \(count.map { "\($0)" }.joined(separator: " or "))")
        }
        return values
    }

    func pixelFormat() throws(CodecError) -> PixelFormat {
        guard let format = PixelFormat(name: String(trimmed(text[...]))) else {
            throw fault("is no pixel format; names are like SRGGB10, SGRBG10_CSI2P, BayerRG12p, R8")
        }
        return format
    }

    func orientation() throws(CodecError) -> Orientation {
        guard let value = Orientation(rawValue: try integer()) else { throw fault("goes from 1 to 8") }
        return value
    }

    private func fault(_ detail: String) -> CodecError {
        .argument(field: name, detail: "'\(text.prefix(80))' \(detail)")
    }

    private func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
