internal import Imaging
internal import StrictJSON

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
        do throws(JSONError) {
            try self.init(JSONValue(parsing: json, byteLimit: 1 << 20))
        } catch {
            throw CodecError(error)
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
        do {
            return try JSONText.indented(JSONForm(description: self)) + [0x0A]
        } catch {
            throw .argument(field: "description", detail: "holds a number that JSON cannot")
        }
    }
}

extension RawDescription {
    private init(_ value: JSONValue) throws(JSONError) {
        self.init()
        var object = try JSONObject(value, keys: Field.self)
        for field in Field.allCases {
            if let element = object.element(field) { try read(field, element) }
        }
    }

    private mutating func read(_ field: Field, _ element: JSONElement) throws(JSONError) {
        switch field {
        case .width: width = try element.integer()
        case .height: height = try element.integer()
        case .pixelFormat: try set(field, to: element.string(), at: element)
        case .rowStride: rowStride = try element.integer()
        case .offset: offset = try element.integer()
        case .blackLevel:
            if case .number(let level) = element.value {
                blackLevel = [level.double]
            } else {
                blackLevel = try element.numbers(count: 4)
            }
        case .whiteLevel: whiteLevel = try element.number()
        case .whiteBalanceGains:
            let gains = try element.numbers(count: 3)
            whiteBalanceGains = SIMD3(gains[0], gains[1], gains[2])
        case .cameraToSRGB: cameraToSRGB = ColorMatrix(try element.numbers(count: 9))
        case .calibrations:
            calibrations = try element.array().map { element throws(JSONError) in
                try SensorColor.Calibration(element)
            }
        case .orientation:
            let value: Int = try element.integer()
            try set(field, to: "\(value)", at: element)
        case .sequence: sequence = try element.integer()
        case .timestamp: timestamp = try element.integer()
        }
    }

    /// Reads what is written the same in text as in JSON.
    private mutating func set(_ field: Field, to text: String, at element: JSONElement) throws(JSONError) {
        do throws(CodecError) {
            try set(field, to: text)
        } catch {
            guard case .argument(_, let detail) = error else { throw element.error(.other("\(error)")) }
            throw element.error(.other(detail))
        }
    }
}

extension SensorColor.Calibration {
    fileprivate init(_ element: JSONElement) throws(JSONError) {
        var object = try element.object(keys: CalibrationForm.Key.self)
        let temperature = object.element(.temperature)
        let xyzToCamera = object.element(.xyzToCamera)
        guard let temperature, let xyzToCamera else {
            throw element.error(.other("needs temperature and xyzToCamera"))
        }
        let cameraToXYZD50 = object.hasValue(.cameraToXYZD50) ? try object.numbers(.cameraToXYZD50, count: 9) : nil
        self.init(
            temperature: try temperature.number(), xyzToCamera: ColorMatrix(try xyzToCamera.numbers(count: 9)),
            cameraToXYZD50: cameraToXYZD50.map { ColorMatrix($0) })
    }
}

extension CodecError {
    /// A fault of a description, by the field that it is in.
    fileprivate init(_ error: JSONError) {
        let format = "raw description"
        switch error {
        case .limitExceeded(let what, let limit, let value):
            self = .limitExceeded(format: format, field: what, limit: limit, value: value)
        case .schema(let path, let fault) where !path.isRoot:
            let field = JSONPath(Array(path.steps.prefix(1))).description
            self = .argument(field: String(field.prefix(80)), detail: Self.detail(of: fault, at: path))
        default: self = .malformed(format: format, field: "JSON", detail: "is no JSON object")
        }
    }

    private static func detail(of fault: JSONError.Fault, at path: JSONPath) -> String {
        // Within calibrations the field alone does not say which key is meant.
        var inner: String?
        if path.steps.count > 1, case .key(let key)? = path.steps.last { inner = String(key.prefix(80)) }
        switch fault {
        case .unknownKey: return inner.map { "has an unknown key, \($0)" } ?? "is an unknown key"
        case .duplicateKey: return inner.map { "has \($0) twice" } ?? "is given twice"
        case .count(let expected, let found):
            let count = JSONError.Fault.text(expected)
            return inner.map { "has \($0) of \(found) numbers, not \(count)" }
                ?? "has \(found) numbers, but takes \(count)"
        case .other(let detail): return detail
        default: return "is of the wrong type or out of range"
        }
    }
}

/// A description as its JSON object.
private struct JSONForm: Encodable {
    let description: RawDescription

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: RawDescription.Field.self)
        try object.encodeIfPresent(description.width, forKey: .width)
        try object.encodeIfPresent(description.height, forKey: .height)
        try object.encodeIfPresent(description.pixelFormat?.name, forKey: .pixelFormat)
        try object.encodeIfPresent(description.rowStride, forKey: .rowStride)
        try object.encodeIfPresent(description.offset, forKey: .offset)
        if let levels = description.blackLevel, levels.count == 1 {
            try object.encode(levels[0], forKey: .blackLevel)
        } else {
            try object.encodeIfPresent(description.blackLevel, forKey: .blackLevel)
        }
        try object.encodeIfPresent(description.whiteLevel, forKey: .whiteLevel)
        let gains = description.whiteBalanceGains.map { [$0.x, $0.y, $0.z] }
        try object.encodeIfPresent(gains, forKey: .whiteBalanceGains)
        try object.encodeIfPresent(description.cameraToSRGB?.coefficients, forKey: .cameraToSRGB)
        let calibrations = description.calibrations.map { $0.map(CalibrationForm.init(calibration:)) }
        try object.encodeIfPresent(calibrations, forKey: .calibrations)
        try object.encodeIfPresent(description.orientation?.rawValue, forKey: .orientation)
        try object.encodeIfPresent(description.sequence, forKey: .sequence)
        try object.encodeIfPresent(description.timestamp, forKey: .timestamp)
    }
}

extension RawDescription.Field: CodingKey {}

/// One calibration as its JSON object.
private struct CalibrationForm: Encodable {
    let calibration: SensorColor.Calibration

    enum Key: String, CodingKey, CaseIterable { case temperature, xyzToCamera, cameraToXYZD50 }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(calibration.temperature, forKey: .temperature)
        try object.encodeIfPresent(calibration.xyzToCamera?.coefficients, forKey: .xyzToCamera)
        try object.encodeIfPresent(calibration.cameraToXYZD50?.coefficients, forKey: .cameraToXYZD50)
    }
}
