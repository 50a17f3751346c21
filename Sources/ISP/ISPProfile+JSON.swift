internal import Imaging
internal import StrictJSON

extension ISPProfile {
    package static let maximumJSONByteCount = 1 << 20

    /// Reads a profile:
    ///
    ///     { "schema": "fovea.isp/1", "name": "standard",
    ///       "whiteBalance": "asShot" | "greyWorld" | "shadesOfGrey" | "colorTemperature" | {"gains": [r, g, b]} |
    ///         {"temperature": kelvin},
    ///       "demosaic": "mhc" | "led" | "mlri" | "cnn" | "demosaicnet" | "bilinear" | "half", "domain": "squareRoot" | "linear",
    ///       "blackLevel": 64 | [64, 64, 64, 64], "color": "auto" | "none" | {"matrix": [9 numbers]},
    ///       "tone": "srgb" | "linear" | {"curve": [2…4097 numbers of 0…1, never falling]} | {"filmic": 1…16},
    ///       "lensShading": "frame" | "none" |
    ///         {"columns": 2…64, "red": [columns × rows gains of 1…16], "green": […], "blue": […]},
    ///       "noise": {"gain": sample values an electron, "readNoise": sample values},
    ///       "defects": {"threshold": 0…100, "pixels": [[column, row], …]}, "denoise": 0…3,
    ///       "greenBalance": "none" | "auto" | {"ratio": 0.5…2}, "saturation": 0…4,
    ///       "sharpening": {"amount": 0…8, "threshold": 0…1, "limit": 0…1},
    ///       "quadBayer": "bin" | "remosaic", "infrared": [three numbers of 0…4 for red, green and blue],
    ///       "network": eight hexadecimal digits, with "demosaic" a network only }
    ///
    /// `schema` and `name` are required; what is left out is as in ``standard``. `network` says which weights are meant: a
    /// profile for others than this program's is an error. Other keys are errors. ``jsonSchema`` says the same to machines.
    /// - Throws: `ISPError.profile`, naming the key.
    package init(json: [UInt8]) throws(ISPError) {
        do throws(JSONError) {
            try self.init(JSONValue(parsing: json, byteLimit: Self.maximumJSONByteCount))
        } catch {
            throw ISPError(error)
        }
        try validate()
    }

    enum Key: String, CaseIterable {
        case schema, name, whiteBalance, demosaic, network, domain, blackLevel, color, tone, lensShading
        case noise, defects, denoise, greenBalance, saturation, sharpening
        case quadBayer, infrared
    }
    private enum WhiteBalanceKey: String, CaseIterable { case gains, temperature }
    private enum ToneKey: String, CaseIterable { case curve, filmic }
    private enum NoiseKey: String, CaseIterable { case gain, readNoise }
    private enum DefectsKey: String, CaseIterable { case threshold, pixels }
    private enum GreenBalanceKey: String, CaseIterable { case ratio }
    private enum SharpeningKey: String, CaseIterable { case amount, threshold, limit }
    private enum MatrixKey: String, CaseIterable { case matrix }
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
        if let value = profile.element(.noise) { noise = try Self.noise(value) }
        if let value = profile.element(.defects) { defects = try Self.defects(value) }
        if let value = profile.element(.denoise) { denoise = try value.number() }
        if let value = profile.element(.greenBalance) { greenBalance = try Self.greenBalance(value) }
        if let value = profile.element(.saturation) { saturation = try value.number() }
        if let value = profile.element(.sharpening) { sharpening = try Self.sharpening(value) }
        if let value = profile.element(.quadBayer) { conversion.quad = try Self.choice(value) }
        if let value = profile.element(.infrared) {
            let shares = try Self.numbers(value, count: 3...3)
            conversion.infrared = SIMD3(shares[0], shares[1], shares[2])
        }
    }

    private static func noise(_ element: JSONElement) throws(JSONError) -> NoiseModel {
        var object = try element.object(keys: NoiseKey.self)
        return NoiseModel(gain: try object.number(.gain), readNoise: try object.number(.readNoise))
    }

    private static func defects(_ element: JSONElement) throws(JSONError) -> DefectCorrection {
        var object = try element.object(keys: DefectsKey.self)
        var defects = DefectCorrection.none
        if object.has(.threshold) { defects.threshold = try object.number(.threshold) }
        guard object.has(.pixels) else { return defects }
        defects.sites = try object.array(.pixels, count: 0...DefectCorrection.maximumSiteCount).map {
            site throws(JSONError) in
            let place = try site.array(count: 2...2)
            return DefectCorrection.Site(
                column: try place[0].integer(in: DefectCorrection.coordinateRange),
                row: try place[1].integer(in: DefectCorrection.coordinateRange))
        }
        return defects
    }

    private static func greenBalance(_ element: JSONElement) throws(JSONError) -> GreenBalance {
        switch element.value {
        case .string("none"): return .none
        case .string("auto"): return .auto
        case .object:
            var object = try element.object(keys: GreenBalanceKey.self)
            return .ratio(try object.number(.ratio))
        default: throw element.error(.other("expected \"none\", \"auto\" or {\"ratio\": number}"))
        }
    }

    private static func sharpening(_ element: JSONElement) throws(JSONError) -> Sharpening {
        var object = try element.object(keys: SharpeningKey.self)
        var sharpening = Sharpening(amount: try object.number(.amount))
        if object.has(.threshold) { sharpening.threshold = try object.number(.threshold) }
        if object.has(.limit) { sharpening.limit = try object.number(.limit) }
        return sharpening
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
        case .string("colorTemperature"): return .temperature(nil)
        case .object:
            var object = try element.object(keys: WhiteBalanceKey.self)
            if object.has(.temperature) {
                guard !object.has(.gains) else { throw object.error(.gains, .other("not beside \"temperature\"")) }
                return .temperature(try object.number(.temperature))
            }
            let gains = try numbers(
                object.element(.gains) ?? JSONElement(.null, at: element.path.appending("gains")), count: 3...3)
            return .gains(SIMD3(gains[0], gains[1], gains[2]))
        default:
            throw element.error(
                .other(
                    "expected \"asShot\", \"greyWorld\", \"shadesOfGrey\", \"colorTemperature\", {\"gains\": [r, g, b]} "
                        + "or {\"temperature\": kelvin}"))
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
        case .object:
            var object = try element.object(keys: ToneKey.self)
            if object.has(.filmic) {
                guard !object.has(.curve) else { throw object.error(.curve, .other("not beside \"filmic\"")) }
                return .filmic(white: try object.number(.filmic))
            }
            return .points(
                try numbers(
                    object.element(.curve) ?? JSONElement(.null, at: element.path.appending("curve")),
                    count: 2...ToneCurve.maximumPointCount))
        default:
            throw element.error(.other("expected \"srgb\", \"linear\", {\"curve\": [numbers]} or {\"filmic\": white}"))
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
