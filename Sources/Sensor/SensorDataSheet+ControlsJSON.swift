import StrictJSON

extension SensorDataSheet.GainCode: Encodable {
    enum Key: String, CodingKey, CaseIterable { case m0, c0, m1, c1, maximum }

    init(_ object: JSONObject<Key>) throws(JSONError) {
        var fields = object
        let range = -65_536...65_536
        m0 = try fields.integer(.m0, in: range)
        c0 = try fields.integer(.c0, in: range)
        m1 = try fields.integer(.m1, in: range)
        c1 = try fields.integer(.c1, in: range)
        maximum = try fields.integer(.maximum, in: 1...65_535)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(m0, forKey: .m0)
        try fields.encode(c0, forKey: .c0)
        try fields.encode(m1, forKey: .m1)
        try fields.encode(c1, forKey: .c1)
        try fields.encode(maximum, forKey: .maximum)
    }
}

extension SensorDataSheet.ControlTiming: Encodable {
    enum Key: String, CodingKey, CaseIterable {
        case minimumExposureRows, exposureMarginRows, exposureDelay, gainDelay
    }

    init(_ object: JSONObject<Key>) throws(JSONError) {
        var fields = object
        minimumExposureRows = try fields.integer(.minimumExposureRows, in: 1...65_535)
        exposureMarginRows = try fields.integer(.exposureMarginRows, in: 0...65_535)
        exposureDelay = try fields.integer(.exposureDelay, in: 1...16)
        gainDelay = try fields.integer(.gainDelay, in: 1...16)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(minimumExposureRows, forKey: .minimumExposureRows)
        try fields.encode(exposureMarginRows, forKey: .exposureMarginRows)
        try fields.encode(exposureDelay, forKey: .exposureDelay)
        try fields.encode(gainDelay, forKey: .gainDelay)
    }
}

extension SensorDataSheet.Lens: Encodable {
    enum Key: String, CodingKey, CaseIterable { case fNumber, transmission, shading }

    init(_ object: JSONObject<Key>) throws(JSONError) {
        var fields = object
        fNumber = try fields.number(.fNumber, in: 0.5...64)
        transmission = try fields.number(.transmission, in: 0.01...1)
        shading = fields.hasValue(.shading) ? try SensorDataSheet.Shading(fields.object(.shading)) : nil
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(fNumber, forKey: .fNumber)
        try fields.encode(transmission, forKey: .transmission)
        try fields.encodeIfPresent(shading, forKey: .shading)
    }
}

extension SensorDataSheet.Shading: Encodable {
    enum Key: String, CodingKey, CaseIterable { case red, green, blue }

    init(_ object: JSONObject<Key>) throws(JSONError) {
        var fields = object
        func pair(_ key: Key) throws(JSONError) -> SIMD2<Double> {
            let numbers = try fields.numbers(key, count: 2, in: 0...100)
            return SIMD2(numbers[0], numbers[1])
        }
        red = try pair(.red)
        green = try pair(.green)
        blue = try pair(.blue)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        for (key, pair) in [(Key.red, red), (.green, green), (.blue, blue)] {
            try fields.encode([pair.x, pair.y], forKey: key)
        }
    }
}
