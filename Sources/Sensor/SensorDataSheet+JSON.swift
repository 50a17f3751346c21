import Imaging
import StrictJSON

extension SensorDataSheet {
    /// Reads the JSON form: the property names as keys, `schema` beside them, no other key allowed. What may be left out is
    /// what has a default: `summary`, `binning`, `rowAlignment`, `lineTime`, the temperature of the dark current, defects,
    /// responsivity, gain codes, timing and lens. A matrix is a list of nine numbers, row by row.
    package init(json: UnsafeRawBufferPointer) throws(SensorError) {
        do throws(JSONError) {
            try self.init(JSONValue(parsing: json, byteLimit: 1 << 20))
        } catch {
            throw SensorError(error)
        }
        try validate()
    }

    /// The JSON form, keys sorted.
    package func json() throws(SensorError) -> [UInt8] {
        do { return try JSONText.indented(self) } catch { throw .badDataSheet(field: "file", detail: "\(error)") }
    }
}

extension SensorDataSheet: Encodable {
    private enum Key: String, CodingKey, CaseIterable {
        case schema, name, summary, modes, fullWell, readNoise, rowNoise, columnNoise, photoResponseNonUniformity
        case darkSignalNonUniformity, darkCurrent, darkCurrentTemperature, darkCurrentDoubling, hotPixels, deadPixels
        case stuckPixels, responsivity, analogGain, gainCode, networkMemory, timing, lens, colorCalibrations,
            whitePoints
    }
    private enum GainKey: String, CodingKey, CaseIterable { case minimum, maximum }

    private init(_ value: JSONValue) throws(JSONError) {
        var fields = try JSONObject(value, keys: Key.self)
        let schema = try fields.string(.schema)
        guard schema == Self.schemaName else {
            throw fields.error(.schema, .other("must be \"\(Self.schemaName)\", is \"\(schema)\""))
        }
        name = try fields.string(.name)
        summary = fields.hasValue(.summary) ? try fields.string(.summary) : ""
        modes = try fields.array(.modes).map { element throws(JSONError) in try Mode(element) }
        fullWell = try fields.number(.fullWell)
        readNoise = try fields.number(.readNoise)
        rowNoise = try fields.number(.rowNoise)
        columnNoise = try fields.number(.columnNoise)
        photoResponseNonUniformity = try fields.number(.photoResponseNonUniformity)
        darkSignalNonUniformity = try fields.number(.darkSignalNonUniformity)
        darkCurrent = try fields.number(.darkCurrent)
        hotPixels = try HotPixels(fields.object(.hotPixels))
        func optional(_ key: Key, _ otherwise: Double) throws(JSONError) -> Double {
            fields.hasValue(key) ? try fields.number(key) : otherwise
        }
        darkCurrentTemperature = try optional(.darkCurrentTemperature, 25)
        darkCurrentDoubling = try optional(.darkCurrentDoubling, 7)
        deadPixels = try optional(.deadPixels, 0)
        stuckPixels = try optional(.stuckPixels, 0)
        responsivity = try optional(.responsivity, 5000)
        gainCode = fields.hasValue(.gainCode) ? try GainCode(fields.object(.gainCode)) : nil
        networkMemory = fields.hasValue(.networkMemory) ? try fields.integer(.networkMemory, in: 1...1 << 40) : nil
        timing = fields.hasValue(.timing) ? try ControlTiming(fields.object(.timing)) : ControlTiming()
        lens = fields.hasValue(.lens) ? try Lens(fields.object(.lens)) : Lens()
        var gain = try fields.object(.analogGain, keys: GainKey.self)
        let minimum = try gain.number(.minimum)
        let maximum = try gain.number(.maximum)
        guard minimum <= maximum else { throw gain.error(.maximum, .other("is below the minimum")) }
        analogGain = minimum...maximum
        colorCalibrations = try fields.array(.colorCalibrations).map { element throws(JSONError) in
            try ColorCalibration(element)
        }
        whitePoints = try fields.array(.whitePoints).map { element throws(JSONError) in try WhitePoint(element) }
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(Self.schemaName, forKey: .schema)
        try fields.encode(name, forKey: .name)
        try fields.encode(summary, forKey: .summary)
        try fields.encode(modes, forKey: .modes)
        try fields.encode(fullWell, forKey: .fullWell)
        try fields.encode(readNoise, forKey: .readNoise)
        try fields.encode(rowNoise, forKey: .rowNoise)
        try fields.encode(columnNoise, forKey: .columnNoise)
        try fields.encode(photoResponseNonUniformity, forKey: .photoResponseNonUniformity)
        try fields.encode(darkSignalNonUniformity, forKey: .darkSignalNonUniformity)
        try fields.encode(darkCurrent, forKey: .darkCurrent)
        try fields.encode(darkCurrentTemperature, forKey: .darkCurrentTemperature)
        try fields.encode(darkCurrentDoubling, forKey: .darkCurrentDoubling)
        try fields.encode(hotPixels, forKey: .hotPixels)
        try fields.encode(deadPixels, forKey: .deadPixels)
        try fields.encode(stuckPixels, forKey: .stuckPixels)
        try fields.encode(responsivity, forKey: .responsivity)
        try fields.encodeIfPresent(gainCode, forKey: .gainCode)
        try fields.encodeIfPresent(networkMemory, forKey: .networkMemory)
        try fields.encode(timing, forKey: .timing)
        try fields.encode(lens, forKey: .lens)
        var gain = fields.nestedContainer(keyedBy: GainKey.self, forKey: .analogGain)
        try gain.encode(analogGain.lowerBound, forKey: .minimum)
        try gain.encode(analogGain.upperBound, forKey: .maximum)
        try fields.encode(colorCalibrations, forKey: .colorCalibrations)
        try fields.encode(whitePoints, forKey: .whitePoints)
    }
}

extension SensorDataSheet.Mode: Encodable {
    private enum Key: String, CodingKey, CaseIterable {
        case name, width, height, framesPerSecond, binning, pixelFormat, rowAlignment, blackLevel, conversionGain
        case lineTime
    }

    fileprivate init(_ element: JSONElement) throws(JSONError) {
        var fields = try element.object(keys: Key.self)
        name = try fields.string(.name)
        width = try fields.integer(.width)
        height = try fields.integer(.height)
        framesPerSecond = try fields.number(.framesPerSecond)
        binning = fields.hasValue(.binning) ? try fields.integer(.binning) : 1
        let formatName = try fields.string(.pixelFormat)
        guard let format = PixelFormat(name: formatName) else {
            throw fields.error(.pixelFormat, .other("no pixel format is called \"\(formatName)\""))
        }
        pixelFormat = format
        rowAlignment = fields.hasValue(.rowAlignment) ? try fields.integer(.rowAlignment) : 1
        blackLevel = try fields.number(.blackLevel)
        conversionGain = try fields.number(.conversionGain)
        lineTime = fields.hasValue(.lineTime) ? try fields.number(.lineTime) : nil
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(name, forKey: .name)
        try fields.encode(width, forKey: .width)
        try fields.encode(height, forKey: .height)
        try fields.encode(framesPerSecond, forKey: .framesPerSecond)
        try fields.encode(binning, forKey: .binning)
        try fields.encode(pixelFormat.name, forKey: .pixelFormat)
        try fields.encode(rowAlignment, forKey: .rowAlignment)
        try fields.encode(blackLevel, forKey: .blackLevel)
        try fields.encode(conversionGain, forKey: .conversionGain)
        try fields.encodeIfPresent(lineTime, forKey: .lineTime)
    }
}

extension SensorDataSheet.HotPixels: Encodable {
    fileprivate enum Key: String, CodingKey, CaseIterable { case fraction, darkCurrent }

    fileprivate init(_ object: JSONObject<Key>) throws(JSONError) {
        var fields = object
        fraction = try fields.number(.fraction)
        darkCurrent = try fields.number(.darkCurrent)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(fraction, forKey: .fraction)
        try fields.encode(darkCurrent, forKey: .darkCurrent)
    }
}

extension SensorDataSheet.WhitePoint: Encodable {
    private enum Key: String, CodingKey, CaseIterable { case temperature, redToGreen, blueToGreen }

    fileprivate init(_ element: JSONElement) throws(JSONError) {
        var fields = try element.object(keys: Key.self)
        temperature = try fields.number(.temperature)
        redToGreen = try fields.number(.redToGreen)
        blueToGreen = try fields.number(.blueToGreen)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(temperature, forKey: .temperature)
        try fields.encode(redToGreen, forKey: .redToGreen)
        try fields.encode(blueToGreen, forKey: .blueToGreen)
    }
}

extension SensorDataSheet.ColorCalibration: Encodable {
    private enum Key: String, CodingKey, CaseIterable { case temperature, cameraToSRGB }

    fileprivate init(_ element: JSONElement) throws(JSONError) {
        var fields = try element.object(keys: Key.self)
        temperature = try fields.number(.temperature)
        let coefficients = try fields.array(.cameraToSRGB).map { element throws(JSONError) in try element.number() }
        guard coefficients.count == 9 else {
            throw fields.error(.cameraToSRGB, .other("must be nine numbers, row by row, is \(coefficients.count)"))
        }
        cameraToSRGB = ColorMatrix(coefficients)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(temperature, forKey: .temperature)
        try fields.encode(cameraToSRGB.coefficients, forKey: .cameraToSRGB)
    }
}

extension SensorError {
    /// A complaint about a data sheet, by the path of the field at fault.
    fileprivate init(_ error: JSONError) {
        switch error {
        case .limitExceeded("bytes", let limit, let value):
            self = .badDataSheet(field: "file", detail: "is \(value) bytes, the limit is \(limit)")
        case .schema(let path, let fault):
            self = .badDataSheet(field: path.isRoot ? "file" : "\(path)", detail: Self.detail(of: fault))
        default: self = .badDataSheet(field: "file", detail: "\(error)")
        }
    }

    private static func detail(of fault: JSONError.Fault) -> String {
        switch fault {
        case .missing: "is missing"
        case .kind(_, found: .null): "must not be null"
        case .kind(expected: .array, _): "must be a list"
        case .kind(expected: .integer, _), .fraction: "must be a whole number"
        case .kind(let expected, _): "must be \(expected.rawValue)"
        default: "\(fault)"
        }
    }
}
