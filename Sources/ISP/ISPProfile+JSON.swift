internal import Imaging

extension ISPProfile {
    package static let maximumJSONByteCount = 1 << 20

    /// Reads a profile:
    ///
    ///     { "schema": "fovea.isp/1", "name": "standard",
    ///       "whiteBalance": "asShot" | "greyWorld" | "shadesOfGrey" | {"gains": [r, g, b]},
    ///       "demosaic": "mhc" | "led" | "bilinear" | "half", "domain": "squareRoot" | "linear",
    ///       "blackLevel": 64 | [64, 64, 64, 64], "color": "auto" | "none" | {"matrix": [9 numbers]},
    ///       "tone": "srgb" | "linear" | {"curve": [2…4097 numbers of 0…1, never falling]},
    ///       "lensShading": {"columns": 2…64, "red": [columns × rows gains of 1…16], "green": […], "blue": […]} }
    ///
    /// `schema` and `name` are required; what is left out is as in ``standard``. Other keys are errors.
    /// - Throws: `ISPError.profile`, naming the key.
    package init(json: [UInt8]) throws(ISPError) {
        guard json.count <= Self.maximumJSONByteCount else {
            throw .profile(key: "file", detail: "\(json.count) bytes, the limit is \(Self.maximumJSONByteCount)")
        }
        guard case .object(let members)? = JSONValue(parsing: json) else {
            throw .profile(key: "file", detail: "not a JSON object")
        }
        let known = [
            "schema", "name", "whiteBalance", "demosaic", "domain", "blackLevel", "color", "tone", "lensShading",
        ]
        for key in members.keys.sorted() where !known.contains(key) {
            throw .profile(key: key, detail: "unknown key; there are: \(known.joined(separator: ", "))")
        }
        guard case .string(let schema)? = members["schema"] else {
            throw .profile(key: "schema", detail: "missing; expected \"\(Self.schema)\"")
        }
        guard schema == Self.schema else {
            throw .profile(key: "schema", detail: "'\(schema)' is not read here, only '\(Self.schema)'")
        }
        guard case .string(let name)? = members["name"] else { throw .profile(key: "name", detail: "missing") }
        self.init(name: name)
        if let value = members["whiteBalance"] { whiteBalance = try Self.whiteBalance(value) }
        if let value = members["demosaic"] { demosaic = try Self.choice(value, key: "demosaic") }
        if let value = members["domain"] { domain = try Self.choice(value, key: "domain") }
        if let value = members["blackLevel"] { blackLevel = try Self.blackLevel(value) }
        if let value = members["color"] { color = try Self.color(value) }
        if let value = members["tone"] { tone = try Self.tone(value) }
        if let value = members["lensShading"] { lensShading = try Self.lensShading(value) }
        try validate()
    }

    private static func lensShading(_ value: JSONValue) throws(ISPError) -> LensShading {
        let known = ["columns", "red", "green", "blue"]
        guard case .object(let members) = value else {
            throw .profile(key: "lensShading", detail: "expected an object with \(known.joined(separator: ", "))")
        }
        for key in members.keys.sorted() where !known.contains(key) {
            throw .profile(
                key: "lensShading.\(key)", detail: "unknown key; there are: \(known.joined(separator: ", "))")
        }
        guard case .number(let number)? = members["columns"], let columns = Int(exactly: number) else {
            throw .profile(key: "lensShading.columns", detail: "expected a whole number of 2…64")
        }
        func gains(_ name: String) throws(ISPError) -> [Double] {
            try numbers(members[name] ?? .null, key: "lensShading.\(name)", count: 4...4096)
        }
        return LensShading(columns: columns, red: try gains("red"), green: try gains("green"), blue: try gains("blue"))
    }

    private static func whiteBalance(_ value: JSONValue) throws(ISPError) -> WhiteBalance {
        switch value {
        case .string("asShot"): return .asShot
        case .string("greyWorld"): return .greyWorld
        case .string("shadesOfGrey"): return .shadesOfGrey
        case .object(let members):
            let gains = try numbers(members, key: "whiteBalance", only: "gains", count: 3...3)
            return .gains(SIMD3(gains[0], gains[1], gains[2]))
        default:
            throw .profile(
                key: "whiteBalance",
                detail: "expected \"asShot\", \"greyWorld\", \"shadesOfGrey\" or {\"gains\": [r, g, b]}")
        }
    }

    private static func color(_ value: JSONValue) throws(ISPError) -> Color {
        switch value {
        case .string("auto"): return .auto
        case .string("none"): return .none
        case .object(let members):
            return .matrix(ColorMatrix(try numbers(members, key: "color", only: "matrix", count: 9...9)))
        default: throw .profile(key: "color", detail: "expected \"auto\", \"none\" or {\"matrix\": [9 numbers]}")
        }
    }

    private static func tone(_ value: JSONValue) throws(ISPError) -> ToneCurve {
        switch value {
        case .string("srgb"): return .srgb
        case .string("linear"): return .linear
        case .object(let members):
            return .points(
                try numbers(members, key: "tone", only: "curve", count: 2...ToneCurve.maximumPointCount))
        default: throw .profile(key: "tone", detail: "expected \"srgb\", \"linear\" or {\"curve\": [numbers]}")
        }
    }

    private static func blackLevel(_ value: JSONValue) throws(ISPError) -> [Double] {
        if case .number(let level) = value { return [level, level, level, level] }
        return try numbers(value, key: "blackLevel", count: 4...4)
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ value: JSONValue, key: String
    ) throws(ISPError) -> Choice {
        if case .string(let text) = value, let choice = Choice(rawValue: text) { return choice }
        let choices = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        throw .profile(key: key, detail: "expected one of \(choices)")
    }

    private static func numbers(
        _ members: [String: JSONValue], key: String, only name: String, count: ClosedRange<Int>
    ) throws(ISPError) -> [Double] {
        for other in members.keys.sorted() where other != name {
            throw .profile(key: "\(key).\(other)", detail: "unknown key; there is: \(name)")
        }
        return try numbers(members[name] ?? .null, key: "\(key).\(name)", count: count)
    }

    private static func numbers(
        _ value: JSONValue, key: String, count: ClosedRange<Int>
    ) throws(ISPError) -> [Double] {
        guard case .array(let values) = value, count.contains(values.count) else {
            let expected = count.count == 1 ? "\(count.lowerBound)" : "\(count.lowerBound)…\(count.upperBound)"
            throw .profile(key: key, detail: "expected an array of \(expected) numbers")
        }
        var numbers: [Double] = []
        for (index, value) in values.enumerated() {
            guard case .number(let number) = value else {
                throw .profile(key: "\(key)[\(index)]", detail: "expected a number")
            }
            numbers.append(number)
        }
        return numbers
    }
}
