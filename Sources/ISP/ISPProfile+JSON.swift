internal import Imaging
internal import StrictJSON

extension ISPProfile {
    package static let maximumJSONByteCount = 1 << 20

    /// Reads a profile:
    ///
    ///     { "schema": "fovea.isp/1", "name": "standard",
    ///       "whiteBalance": "asShot" | "greyWorld" | "shadesOfGrey" | {"gains": [r, g, b]},
    ///       "demosaic": "mhc" | "led" | "mlri" | "cnn" | "demosaicnet" | "bilinear" | "half", "domain": "squareRoot" | "linear",
    ///       "blackLevel": 64 | [64, 64, 64, 64], "color": "auto" | "none" | {"matrix": [9 numbers]},
    ///       "tone": "srgb" | "linear" | {"curve": [2…4097 numbers of 0…1, never falling]},
    ///       "lensShading": "frame" | "none" |
    ///         {"columns": 2…64, "red": [columns × rows gains of 1…16], "green": […], "blue": […]},
    ///       "quadBayer": "bin" | "remosaic", "infrared": [three numbers of 0…4 for red, green and blue],
    ///       "network": eight hexadecimal digits, with "demosaic" a network only }
    ///
    /// `schema` and `name` are required; what is left out is as in ``standard``. `network` says which weights are meant: a
    /// profile for others than this program's is an error. Other keys are errors.
    /// - Throws: `ISPError.profile`, naming the key.
    package init(json: [UInt8]) throws(ISPError) {
        do throws(JSONError) {
            try self.init(JSONValue(parsing: json, byteLimit: Self.maximumJSONByteCount))
        } catch {
            throw ISPError(error)
        }
        try validate()
    }

    private enum Key: String, CaseIterable {
        case schema, name, whiteBalance, demosaic, network, domain, blackLevel, color, tone, lensShading
        case quadBayer, infrared
    }
    private enum GainsKey: String, CaseIterable { case gains }
    private enum MatrixKey: String, CaseIterable { case matrix }
    private enum CurveKey: String, CaseIterable { case curve }
    private enum ShadingKey: String, CaseIterable { case columns, red, green, blue }

    private init(_ value: JSONValue) throws(JSONError) {
        var profile = try JSONObject(value, keys: Key.self)
        guard let schema = try? profile.string(.schema) else {
            throw profile.error(.schema, .other("missing; expected \"\(Self.schema)\""))
        }
        guard schema == Self.schema else {
            throw profile.error(.schema, .other("'\(schema)' is not read here, only '\(Self.schema)'"))
        }
        guard let name = try? profile.string(.name) else { throw profile.error(.name, .missing) }
        self.init(name: name)
        if let value = profile.element(.whiteBalance) { whiteBalance = try Self.whiteBalance(value) }
        if let value = profile.element(.demosaic) { demosaic = try Self.choice(value) }
        if let value = profile.element(.network) { try Self.checkNetwork(value, demosaic: demosaic) }
        if let value = profile.element(.domain) { domain = try Self.choice(value) }
        if let value = profile.element(.blackLevel) { blackLevel = try Self.blackLevel(value) }
        if let value = profile.element(.color) { color = try Self.color(value) }
        if let value = profile.element(.tone) { tone = try Self.tone(value) }
        if let value = profile.element(.lensShading) { lensShading = try Self.lensShading(value) }
        if let value = profile.element(.quadBayer) { conversion.quad = try Self.choice(value) }
        if let value = profile.element(.infrared) {
            let shares = try Self.numbers(value, count: 3...3)
            conversion.infrared = SIMD3(shares[0], shares[1], shares[2])
        }
    }

    private static func checkNetwork(_ element: JSONElement, demosaic: Demosaic) throws(JSONError) {
        guard let known = demosaic.networkVersion else {
            throw element.error(.other("only for \"demosaic\": \"cnn\" or \"demosaicnet\""))
        }
        guard case .string(known) = element.value else {
            throw element.error(.other("this program has the network \(known)"))
        }
    }

    private static func lensShading(_ element: JSONElement) throws(JSONError) -> Shading {
        switch element.value {
        case .string("frame"): return .frame
        case .string("none"): return .none
        case .object: return .grid(try shadingGrid(element))
        default: throw element.error(.other("expected \"frame\", \"none\" or an object with a grid of gains"))
        }
    }

    private static func shadingGrid(_ element: JSONElement) throws(JSONError) -> LensShading {
        var object = try element.object(keys: ShadingKey.self)
        func gains(_ key: ShadingKey) throws(JSONError) -> [Double] {
            try numbers(
                object.element(key) ?? JSONElement(.null, at: object.path.appending(key.rawValue)), count: 4...4096)
        }
        return LensShading(
            columns: try object.integer(.columns), red: try gains(.red), green: try gains(.green),
            blue: try gains(.blue))
    }

    private static func whiteBalance(_ element: JSONElement) throws(JSONError) -> WhiteBalance {
        switch element.value {
        case .string("asShot"): return .asShot
        case .string("greyWorld"): return .greyWorld
        case .string("shadesOfGrey"): return .shadesOfGrey
        case .object:
            let gains = try numbers(element, GainsKey.gains, count: 3...3)
            return .gains(SIMD3(gains[0], gains[1], gains[2]))
        default:
            throw element.error(
                .other("expected \"asShot\", \"greyWorld\", \"shadesOfGrey\" or {\"gains\": [r, g, b]}"))
        }
    }

    private static func color(_ element: JSONElement) throws(JSONError) -> Color {
        switch element.value {
        case .string("auto"): return .auto
        case .string("none"): return .none
        case .object: return .matrix(ColorMatrix(try numbers(element, MatrixKey.matrix, count: 9...9)))
        default: throw element.error(.other("expected \"auto\", \"none\" or {\"matrix\": [9 numbers]}"))
        }
    }

    private static func tone(_ element: JSONElement) throws(JSONError) -> ToneCurve {
        switch element.value {
        case .string("srgb"): return .srgb
        case .string("linear"): return .linear
        case .object: return .points(try numbers(element, CurveKey.curve, count: 2...ToneCurve.maximumPointCount))
        default: throw element.error(.other("expected \"srgb\", \"linear\" or {\"curve\": [numbers]}"))
        }
    }

    private static func blackLevel(_ element: JSONElement) throws(JSONError) -> [Double] {
        if case .number(let level) = element.value { return Array(repeating: level.double, count: 4) }
        return try numbers(element, count: 4...4)
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ element: JSONElement
    ) throws(JSONError) -> Choice {
        if case .string(let text) = element.value, let choice = Choice(rawValue: text) { return choice }
        let choices = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        throw element.error(.other("expected one of \(choices)"))
    }

    /// The numbers of an object with one key.
    private static func numbers<OnlyKey: RawRepresentable<String> & CaseIterable>(
        _ element: JSONElement, _ key: OnlyKey, count: ClosedRange<Int>
    ) throws(JSONError) -> [Double] {
        var object = try element.object(keys: OnlyKey.self)
        return try numbers(
            object.element(key) ?? JSONElement(.null, at: object.path.appending(key.rawValue)), count: count)
    }

    private static func numbers(_ element: JSONElement, count: ClosedRange<Int>) throws(JSONError) -> [Double] {
        guard let elements = try? element.array(count: count) else {
            throw element.error(.other("expected an array of \(JSONError.Fault.text(count)) numbers"))
        }
        return try elements.map { element throws(JSONError) in
            guard case .number(let number) = element.value else { throw element.error(.other("expected a number")) }
            return number.double
        }
    }
}

extension ISPError {
    fileprivate init(_ error: JSONError) {
        switch error {
        case .limitExceeded("bytes", let limit, let value):
            self = .profile(key: "file", detail: "\(value) bytes, the limit is \(limit)")
        case .schema(let path, let fault) where !path.isRoot: self = .profile(key: "\(path)", detail: "\(fault)")
        default: self = .profile(key: "file", detail: "not a JSON object")
        }
    }
}
