internal import FoundationEssentials
internal import Imaging

extension RawDescription {
    /// Reads a JSON side file: one object whose keys are the names of ``Field``.
    ///
    ///     {"width": 2592, "height": 1968, "pixelFormat": "SGRBG10_CSI2P", "blackLevel": 25, "orientation": 8}
    ///
    /// `blackLevel` is a number or an array of four, `whiteBalanceGains` an array of three, `cameraToSRGB` one of nine;
    /// `calibrations` is an array of one or two objects with `temperature` (kelvin), `xyzToCamera` (nine numbers, DNG's
    /// ColorMatrix) and optionally `cameraToXYZD50` (nine, ForwardMatrix).
    ///
    /// - Throws: `CodecError.malformed` when it is no JSON object, `argument` naming the key for one that is unknown, of
    ///   the wrong type or out of range, `limitExceeded` over 1 MiB.
    package init(json: UnsafeRawBufferPointer) throws(CodecError) {
        guard json.count <= 1 << 20 else {
            throw .limitExceeded(format: "raw description", field: "bytes", limit: 1 << 20, value: json.count)
        }
        do {
            self = try JSONDecoder().decode(JSONForm.self, from: Data(json)).description
        } catch let error as CodecError {
            throw error
        } catch {
            throw .malformed(format: "raw description", field: "JSON", detail: "is no JSON object")
        }
        try check()
    }

    package init(json: [UInt8]) throws(CodecError) {
        // The typed error does not pass through the closure of `withUnsafeBytes`.
        let result = json.withUnsafeBytes { bytes in
            Result { () throws(CodecError) in try RawDescription(json: bytes) }
        }
        self = try result.get()
    }

    /// The description as a JSON object with keys in alphabetical order; what is not given is left out.
    package func encodeJSON() throws(CodecError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(JSONForm(description: self))) + [0x0A]
        } catch {
            throw .argument(field: "description", detail: "holds a number that JSON cannot")
        }
    }
}

/// Any key, so that unknown ones can be told.
private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
    init(_ field: RawDescription.Field) { stringValue = field.rawValue }
}

/// A description as its JSON object.
private struct JSONForm: Codable {
    var description = RawDescription()

    init(description: RawDescription) { self.description = description }

    init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        for key in object.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
            guard let field = RawDescription.Field(rawValue: key.stringValue) else {
                throw CodecError.argument(field: String(key.stringValue.prefix(80)), detail: "is an unknown key")
            }
            do {
                try read(field, key, object)
            } catch let error as CodecError {
                throw error
            } catch {
                // Foundation's own error leaves the key out for a number that does not fit.
                throw CodecError.argument(field: key.stringValue, detail: "is of the wrong type or out of range")
            }
        }
    }

    private mutating func read(
        _ field: RawDescription.Field, _ key: Key, _ object: KeyedDecodingContainer<Key>
    ) throws {
        switch field {
        case .width: description.width = try object.decode(Int.self, forKey: key)
        case .height: description.height = try object.decode(Int.self, forKey: key)
        case .pixelFormat:
            let name = try object.decode(String.self, forKey: key)
            try description.set(.pixelFormat, to: name)
        case .rowStride: description.rowStride = try object.decode(Int.self, forKey: key)
        case .offset: description.offset = try object.decode(Int.self, forKey: key)
        case .blackLevel:
            if let level = try? object.decode(Double.self, forKey: key) {
                description.blackLevel = [level]
            } else {
                description.blackLevel = try numbers(count: 4, key, object)
            }
        case .whiteLevel: description.whiteLevel = try object.decode(Double.self, forKey: key)
        case .whiteBalanceGains:
            let gains = try numbers(count: 3, key, object)
            description.whiteBalanceGains = SIMD3(gains[0], gains[1], gains[2])
        case .cameraToSRGB: description.cameraToSRGB = ColorMatrix(try numbers(count: 9, key, object))
        case .calibrations:
            description.calibrations = try object.decode([CalibrationForm].self, forKey: key).map(\.calibration)
        case .orientation:
            let value = try object.decode(Int.self, forKey: key)
            try description.set(.orientation, to: "\(value)")
        case .sequence: description.sequence = try object.decode(UInt64.self, forKey: key)
        case .timestamp: description.timestamp = try object.decode(UInt64.self, forKey: key)
        }
    }

    private func numbers(count: Int, _ key: Key, _ object: KeyedDecodingContainer<Key>) throws -> [Double] {
        let values = try object.decode([Double].self, forKey: key)
        guard values.count == count else {
            throw CodecError.argument(field: key.stringValue, detail: "has \(values.count) numbers, but takes \(count)")
        }
        return values
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encodeIfPresent(description.width, forKey: Key(.width))
        try object.encodeIfPresent(description.height, forKey: Key(.height))
        try object.encodeIfPresent(description.pixelFormat?.name, forKey: Key(.pixelFormat))
        try object.encodeIfPresent(description.rowStride, forKey: Key(.rowStride))
        try object.encodeIfPresent(description.offset, forKey: Key(.offset))
        if let levels = description.blackLevel, levels.count == 1 {
            try object.encode(levels[0], forKey: Key(.blackLevel))
        } else {
            try object.encodeIfPresent(description.blackLevel, forKey: Key(.blackLevel))
        }
        try object.encodeIfPresent(description.whiteLevel, forKey: Key(.whiteLevel))
        let gains = description.whiteBalanceGains.map { [$0.x, $0.y, $0.z] }
        try object.encodeIfPresent(gains, forKey: Key(.whiteBalanceGains))
        try object.encodeIfPresent(description.cameraToSRGB?.coefficients, forKey: Key(.cameraToSRGB))
        let calibrations = description.calibrations.map { $0.map(CalibrationForm.init(calibration:)) }
        try object.encodeIfPresent(calibrations, forKey: Key(.calibrations))
        try object.encodeIfPresent(description.orientation?.rawValue, forKey: Key(.orientation))
        try object.encodeIfPresent(description.sequence, forKey: Key(.sequence))
        try object.encodeIfPresent(description.timestamp, forKey: Key(.timestamp))
    }
}

/// One calibration as its JSON object.
private struct CalibrationForm: Codable {
    var calibration: SensorColor.Calibration

    init(calibration: SensorColor.Calibration) { self.calibration = calibration }

    private enum Name: String, CaseIterable {
        case temperature, xyzToCamera, cameraToXYZD50

        var key: Key { Key(stringValue: rawValue) }
    }

    init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        if let unknown = object.allKeys.first(where: { Name(rawValue: $0.stringValue) == nil }) {
            throw Self.fault("has an unknown key, \(unknown.stringValue.prefix(80))")
        }
        func matrix(_ name: Name) throws -> ColorMatrix? {
            guard let values = try object.decodeIfPresent([Double].self, forKey: name.key) else { return nil }
            guard values.count == 9 else { throw Self.fault("has \(name.rawValue) of \(values.count) numbers, not 9") }
            return ColorMatrix(values)
        }
        guard let temperature = try object.decodeIfPresent(Double.self, forKey: Name.temperature.key),
            let xyzToCamera = try matrix(.xyzToCamera)
        else { throw Self.fault("needs temperature and xyzToCamera") }
        calibration = SensorColor.Calibration(
            temperature: temperature, xyzToCamera: xyzToCamera, cameraToXYZD50: try matrix(.cameraToXYZD50))
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(calibration.temperature, forKey: Name.temperature.key)
        try object.encodeIfPresent(calibration.xyzToCamera?.coefficients, forKey: Name.xyzToCamera.key)
        try object.encodeIfPresent(calibration.cameraToXYZD50?.coefficients, forKey: Name.cameraToXYZD50.key)
    }

    private static func fault(_ detail: String) -> CodecError { .argument(field: "calibrations", detail: detail) }
}
