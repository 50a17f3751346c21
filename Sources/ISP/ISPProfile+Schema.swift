package import StrictJSON

extension ISPProfile {
    /// A profile as JSON Schema, draft 2020-12. What it cannot say (a grid's lists are equally long, a curve never falls, `network` goes
    /// with a demosaic that is one) is checked when a profile is read.
    package static var jsonSchema: JSONValue {
        func strings(_ values: [String]) -> JSONValue { .object(["enum": .array(values.map { .string($0) })]) }
        func number(_ range: ClosedRange<Double>, _ description: String? = nil) -> JSONValue {
            var members: [String: JSONValue] = [
                "type": .string("number"), "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound),
            ]
            if let description { members["description"] = .string(description) }
            return .object(members)
        }
        func array(_ element: JSONValue, _ count: ClosedRange<Int>) -> JSONValue {
            .object([
                "type": .string("array"), "items": element, "minItems": .number(Double(count.lowerBound)),
                "maxItems": .number(Double(count.upperBound)),
            ])
        }
        func object(_ members: [String: JSONValue], required: [String] = []) -> JSONValue {
            .object([
                "type": .string("object"), "properties": .object(members), "additionalProperties": .bool(false),
                "required": .array(required.map { .string($0) }),
            ])
        }
        func anyOf(_ description: String, _ forms: [JSONValue]) -> JSONValue {
            .object(["description": .string(description), "anyOf": .array(forms)])
        }
        func choice(_ description: String, _ values: [String], default: String) -> JSONValue {
            .object([
                "description": .string(description), "enum": .array(values.map { .string($0) }),
                "default": .string(`default`),
            ])
        }
        func described(_ description: String, _ value: JSONValue) -> JSONValue {
            guard case .object(var members) = value else { return value }
            members["description"] = .string(description)
            return .object(members)
        }
        let gains = array(number(LensShading.gainRange), 4...4096)
        let level = number(0...65535)
        let members: [Key: JSONValue] = [
            .schema: .object(["const": .string(schema)]),
            .name: .object(["type": .string("string"), "pattern": .string("^[A-Za-z0-9._-]{1,64}$")]),
            .whiteBalance: anyOf(
                "Gains that make grey grey: the frame's own, of its means, by the IMX500's curve of colour temperatures, or given.",
                [
                    strings(["asShot", "greyWorld", "shadesOfGrey", "colorTemperature"]),
                    object(["gains": array(number(gainRange), 3...3)], required: ["gains"]),
                    object(["temperature": number(temperatureRange, "kelvin")], required: ["temperature"]),
                ]),
            .demosaic: choice(
                "How missing colours are found.", Demosaic.allCases.map(\.rawValue), default: Demosaic.mhc.rawValue),
            .network: .object([
                "description": .string("Which weights are meant, with a demosaic that is a network."),
                "type": .string("string"), "pattern": .string("^[0-9a-f]{8}$"),
            ]),
            .domain: choice(
                "The scale on which colours are interpolated.", InterpolationDomain.allCases.map(\.rawValue),
                default: InterpolationDomain.squareRoot.rawValue),
            .blackLevel: anyOf(
                "Sample value of darkness, for all sites of the 2x2 block or each in reading order; the frame's when left out.",
                [level, array(level, 4...4)]),
            .color: anyOf(
                "White-balanced camera RGB to linear sRGB, row by row.",
                [strings(["auto", "none"]), object(["matrix": array(number(-16...16), 9...9)], required: ["matrix"])]),
            .tone: anyOf(
                "From linear light to coded values; a curve's points are equally far apart in the square root of light.",
                [
                    strings(["srgb", "linear"]),
                    object(["curve": array(number(0...1), 2...ToneCurve.maximumPointCount)], required: ["curve"]),
                    object(["filmic": number(ToneCurve.filmicRange)], required: ["filmic"]),
                ]),
            .lensShading: anyOf(
                "Gains against the lens's shading: the frame's own, none, or a grid over the mosaic.",
                [
                    strings(["frame", "none"]),
                    object(
                        [
                            "columns": .object([
                                "type": .string("integer"), "minimum": .number(2), "maximum": .number(64),
                            ]), "red": gains, "green": gains, "blue": gains,
                        ], required: ["columns", "red", "green", "blue"]),
                ]),
            .noise: described(
                "Variance of a sample = gain * (sample - black) + readNoise^2, in sample values.",
                object(
                    [
                        "gain": number(NoiseModel.gainRange, "sample values an electron"),
                        "readNoise": number(NoiseModel.readNoiseRange),
                    ], required: ["gain", "readNoise"])),
            .defects: described(
                "Samples replaced by their neighbours: those out by threshold deviations (0: none is looked for), and listed ones.",
                object([
                    "threshold": number(DefectCorrection.thresholdRange),
                    "pixels": array(
                        array(
                            .object([
                                "type": .string("integer"), "minimum": .number(0),
                                "maximum": .number(Double(DefectCorrection.coordinateRange.upperBound)),
                            ]), 2...2), 0...DefectCorrection.maximumSiteCount),
                ])),
            .denoise: number(denoiseRange, "Strength of the noise reduction on the mosaic; 0: none."),
            .greenBalance: anyOf(
                "Green of red rows over green of blue rows: made alike as found, or as given.",
                [strings(["none", "auto"]), object(["ratio": number(greenRatioRange)], required: ["ratio"])]),
            .saturation: number(saturationRange, "Distance from grey in linear light; 1: as it is."),
            .quadBayer: choice(
                "What becomes of a Quad-Bayer mosaic.", BayerConversion.Quad.allCases.map(\.rawValue), default: "bin"),
            .infrared: described(
                "Infrared taken from red, green and blue of an RGB-IR mosaic.",
                array(number(BayerConversion.infraredRange), 3...3)),
            .sharpening: described(
                "Unsharp masking of luma; differences are shares of white.",
                object(
                    [
                        "amount": number(Sharpening.amountRange), "threshold": number(Sharpening.shareRange),
                        "limit": number(Sharpening.shareRange),
                    ], required: ["amount"])),
        ]
        var schema = object(
            Dictionary(uniqueKeysWithValues: members.map { ($0.rawValue, $1) }), required: ["schema", "name"])
        if case .object(var keys) = schema {
            keys["$schema"] = .string("https://json-schema.org/draft/2020-12/schema")
            keys["title"] = .string("Fovea ISP profile")
            schema = .object(keys)
        }
        return schema
    }

    /// ``jsonSchema`` as a file, indented.
    package static var jsonSchemaText: String {
        var writer = JSONWriter(pretty: true)
        writer.value(jsonSchema)
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}
