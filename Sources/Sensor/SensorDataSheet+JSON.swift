import FoundationEssentials
import Imaging

extension SensorDataSheet {
    /// Reads the JSON form: the property names as keys, `schema` beside them, every key but `summary`, `binning` and
    /// `rowAlignment` required, no other key allowed. A matrix is a list of nine numbers, row by row.
    package init(json: UnsafeRawBufferPointer) throws(SensorError) {
        guard json.count <= 1 << 20 else {
            throw .badDataSheet(field: "file", detail: "is \(json.count) bytes, the limit is \(1 << 20)")
        }
        do {
            self = try JSONDecoder().decode(SensorDataSheet.self, from: Data(json))
        } catch let error as DecodingError {
            throw SensorError(error)
        } catch {
            throw .badDataSheet(field: "file", detail: "\(error)")
        }
        try validate()
    }

    /// The JSON form, keys sorted.
    package func json() throws(SensorError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(self)) } catch { throw .badDataSheet(field: "file", detail: "\(error)") }
    }
}

extension SensorDataSheet: Codable {
    private enum Key: String, CodingKey, CaseIterable {
        case schema, name, summary, modes, fullWell, readNoise, rowNoise, columnNoise, photoResponseNonUniformity
        case darkSignalNonUniformity, darkCurrent, hotPixels, analogGain, colorCalibrations, whitePoints
    }
    private enum GainKey: String, CodingKey, CaseIterable { case minimum, maximum }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.strictContainer(Key.self)
        let schema = try fields.decode(String.self, forKey: .schema)
        guard schema == Self.schemaName else {
            throw DecodingError.dataCorruptedError(
                forKey: .schema, in: fields, debugDescription: "must be \"\(Self.schemaName)\", is \"\(schema)\"")
        }
        name = try fields.decode(String.self, forKey: .name)
        summary = try fields.decodeIfPresent(String.self, forKey: .summary) ?? ""
        modes = try fields.decode([Mode].self, forKey: .modes)
        fullWell = try fields.decode(Double.self, forKey: .fullWell)
        readNoise = try fields.decode(Double.self, forKey: .readNoise)
        rowNoise = try fields.decode(Double.self, forKey: .rowNoise)
        columnNoise = try fields.decode(Double.self, forKey: .columnNoise)
        photoResponseNonUniformity = try fields.decode(Double.self, forKey: .photoResponseNonUniformity)
        darkSignalNonUniformity = try fields.decode(Double.self, forKey: .darkSignalNonUniformity)
        darkCurrent = try fields.decode(Double.self, forKey: .darkCurrent)
        hotPixels = try fields.decode(HotPixels.self, forKey: .hotPixels)
        let gain = try fields.superDecoder(forKey: .analogGain).strictContainer(GainKey.self)
        let minimum = try gain.decode(Double.self, forKey: .minimum)
        let maximum = try gain.decode(Double.self, forKey: .maximum)
        guard minimum <= maximum else {
            throw DecodingError.dataCorruptedError(
                forKey: .maximum, in: gain, debugDescription: "is below the minimum")
        }
        analogGain = minimum...maximum
        colorCalibrations = try fields.decode([ColorCalibration].self, forKey: .colorCalibrations)
        whitePoints = try fields.decode([WhitePoint].self, forKey: .whitePoints)
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
        try fields.encode(hotPixels, forKey: .hotPixels)
        var gain = fields.nestedContainer(keyedBy: GainKey.self, forKey: .analogGain)
        try gain.encode(analogGain.lowerBound, forKey: .minimum)
        try gain.encode(analogGain.upperBound, forKey: .maximum)
        try fields.encode(colorCalibrations, forKey: .colorCalibrations)
        try fields.encode(whitePoints, forKey: .whitePoints)
    }
}

extension SensorDataSheet.Mode: Codable {
    private enum Key: String, CodingKey, CaseIterable {
        case name, width, height, framesPerSecond, binning, pixelFormat, rowAlignment, blackLevel, conversionGain
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.strictContainer(Key.self)
        name = try fields.decode(String.self, forKey: .name)
        width = try fields.decode(Int.self, forKey: .width)
        height = try fields.decode(Int.self, forKey: .height)
        framesPerSecond = try fields.decode(Double.self, forKey: .framesPerSecond)
        binning = try fields.decodeIfPresent(Int.self, forKey: .binning) ?? 1
        let formatName = try fields.decode(String.self, forKey: .pixelFormat)
        guard let format = PixelFormat(name: formatName) else {
            throw DecodingError.dataCorruptedError(
                forKey: .pixelFormat, in: fields, debugDescription: "no pixel format is called \"\(formatName)\"")
        }
        pixelFormat = format
        rowAlignment = try fields.decodeIfPresent(Int.self, forKey: .rowAlignment) ?? 1
        blackLevel = try fields.decode(Double.self, forKey: .blackLevel)
        conversionGain = try fields.decode(Double.self, forKey: .conversionGain)
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
    }
}

extension SensorDataSheet.HotPixels: Codable {
    private enum Key: String, CodingKey, CaseIterable { case fraction, darkCurrent }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.strictContainer(Key.self)
        fraction = try fields.decode(Double.self, forKey: .fraction)
        darkCurrent = try fields.decode(Double.self, forKey: .darkCurrent)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(fraction, forKey: .fraction)
        try fields.encode(darkCurrent, forKey: .darkCurrent)
    }
}

extension SensorDataSheet.WhitePoint: Codable {
    private enum Key: String, CodingKey, CaseIterable { case temperature, redToGreen, blueToGreen }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.strictContainer(Key.self)
        temperature = try fields.decode(Double.self, forKey: .temperature)
        redToGreen = try fields.decode(Double.self, forKey: .redToGreen)
        blueToGreen = try fields.decode(Double.self, forKey: .blueToGreen)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(temperature, forKey: .temperature)
        try fields.encode(redToGreen, forKey: .redToGreen)
        try fields.encode(blueToGreen, forKey: .blueToGreen)
    }
}

extension SensorDataSheet.ColorCalibration: Codable {
    private enum Key: String, CodingKey, CaseIterable { case temperature, cameraToSRGB }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.strictContainer(Key.self)
        temperature = try fields.decode(Double.self, forKey: .temperature)
        let coefficients = try fields.decode([Double].self, forKey: .cameraToSRGB)
        guard coefficients.count == 9 else {
            throw DecodingError.dataCorruptedError(
                forKey: .cameraToSRGB, in: fields,
                debugDescription: "must be nine numbers, row by row, is \(coefficients.count)")
        }
        cameraToSRGB = ColorMatrix(coefficients)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(temperature, forKey: .temperature)
        try fields.encode(cameraToSRGB.coefficients, forKey: .cameraToSRGB)
    }
}
