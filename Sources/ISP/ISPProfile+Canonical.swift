internal import Imaging
internal import StrictJSON

extension ISPProfile {
    package static let schema = "fovea.isp/1"

    /// The one JSON text of this profile: keys in the order of their code points, no white space, stages that change nothing and
    /// settings that are the frame's own left out; a whole number below 2⁵³ without point or exponent, any other as the shortest decimal that reads back
    /// to the same double.
    package var canonicalJSON: String {
        var members: [String: JSONValue] = [
            "color": Self.json(color),
            "demosaic": .string(demosaic.rawValue),
            "domain": .string(domain.rawValue),
            "name": .string(name),
            "schema": .string(Self.schema),
            "tone": Self.json(tone),
            "whiteBalance": Self.json(whiteBalance),
        ]
        if let version = demosaic.networkVersion { members["network"] = .string(version) }
        if let blackLevel { members["blackLevel"] = Self.json(blackLevel) }
        switch lensShading {
        case .frame: break
        case .none: members["lensShading"] = .string("none")
        case .grid(let shading): members["lensShading"] = Self.json(shading)
        }
        if let noise {
            members["noise"] = .object(["gain": .number(noise.gain), "readNoise": .number(noise.readNoise + 0)])
        }
        if defects != .none { members["defects"] = Self.json(defects) }
        if denoise > 0 { members["denoise"] = .number(denoise) }
        switch greenBalance {
        case .none: break
        case .auto: members["greenBalance"] = .string("auto")
        case .ratio(let ratio): members["greenBalance"] = .object(["ratio": .number(ratio)])
        }
        if saturation != 1 { members["saturation"] = .number(saturation + 0) }
        if sharpening.amount > 0 {
            members["sharpening"] = .object([
                "amount": .number(sharpening.amount), "threshold": .number(sharpening.threshold + 0),
                "limit": .number(sharpening.limit + 0),
            ])
        }
        if conversion.quad != .bin { members["quadBayer"] = .string(conversion.quad.rawValue) }
        if conversion.infrared != BayerConversion().infrared {
            members["infrared"] = Self.json((0..<3).map { conversion.infrared[$0] })
        }
        return JSONValue.object(members).canonicalText
    }

    private static func json(_ color: Color) -> JSONValue {
        switch color {
        case .auto: .string("auto")
        case .none: .string("none")
        case .matrix(let matrix): .object(["matrix": json(matrix.coefficients)])
        }
    }

    private static func json(_ tone: ToneCurve) -> JSONValue {
        switch tone {
        case .srgb: .string("srgb")
        case .linear: .string("linear")
        case .points(let points): .object(["curve": json(points)])
        case .filmic(let white): .object(["filmic": .number(white)])
        }
    }

    private static func json(_ shading: LensShading) -> JSONValue {
        .object([
            "columns": .number(Double(shading.columns)), "red": json(shading.red), "green": json(shading.green),
            "blue": json(shading.blue),
        ])
    }

    private static func json(_ whiteBalance: WhiteBalance) -> JSONValue {
        switch whiteBalance {
        case .asShot: .string("asShot")
        case .greyWorld: .string("greyWorld")
        case .shadesOfGrey: .string("shadesOfGrey")
        case .gains(let gains): .object(["gains": json([gains.x, gains.y, gains.z])])
        case .temperature(nil): .string("colorTemperature")
        case .temperature(let temperature?): .object(["temperature": .number(temperature)])
        }
    }

    private static func json(_ defects: DefectCorrection) -> JSONValue {
        var members = ["threshold": JSONValue.number(defects.threshold + 0)]
        if !defects.sites.isEmpty {
            members["pixels"] = .array(defects.sites.map { json([Double($0.column), Double($0.row)]) })
        }
        return .object(members)
    }

    private static func json(_ numbers: [Double]) -> JSONValue {
        // -0 becomes 0: both mean the same profile.
        .numbers(numbers.map { $0 + 0 })
    }
}
