internal import Imaging

extension ISPProfile {
    package static let schema = "fovea.isp/1"

    /// The one JSON text of this profile: every key but an absent `blackLevel` or `lensShading`, keys in the order of their code points, no
    /// white space; a whole number below 2⁵³ without point or exponent, any other as the shortest decimal that reads back
    /// to the same double.
    package var canonicalJSON: String {
        var members: [(key: String, value: String)] = [
            ("color", Self.json(color)),
            ("demosaic", Self.quoted(demosaic.rawValue)),
            ("domain", Self.quoted(domain.rawValue)),
            ("name", Self.quoted(name)),
            ("schema", Self.quoted(Self.schema)),
            ("tone", Self.json(tone)),
            ("whiteBalance", Self.json(whiteBalance)),
        ]
        if let lensShading { members.insert(("lensShading", Self.json(lensShading)), at: 3) }
        if let blackLevel { members.insert(("blackLevel", Self.json(blackLevel)), at: 0) }
        return "{" + members.map { "\(Self.quoted($0.key)):\($0.value)" }.joined(separator: ",") + "}"
    }

    private static func json(_ color: Color) -> String {
        switch color {
        case .auto: quoted("auto")
        case .none: quoted("none")
        case .matrix(let matrix): "{\"matrix\":\(json(matrix.coefficients))}"
        }
    }

    private static func json(_ tone: ToneCurve) -> String {
        switch tone {
        case .srgb: quoted("srgb")
        case .linear: quoted("linear")
        case .points(let points): "{\"curve\":\(json(points))}"
        }
    }

    private static func json(_ shading: LensShading) -> String {
        let channels = [("blue", shading.blue), ("green", shading.green), ("red", shading.red)]
        let gains = channels.map { "\(quoted($0.0)):\(json($0.1))" }
        // Between blue and green by code points.
        let members = [gains[0], "\(quoted("columns")):\(shading.columns)", gains[1], gains[2]]
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func json(_ whiteBalance: WhiteBalance) -> String {
        switch whiteBalance {
        case .asShot: quoted("asShot")
        case .greyWorld: quoted("greyWorld")
        case .shadesOfGrey: quoted("shadesOfGrey")
        case .gains(let gains): "{\"gains\":\(json([gains.x, gains.y, gains.z]))}"
        }
    }

    private static func json(_ numbers: [Double]) -> String {
        "[" + numbers.map(json).joined(separator: ",") + "]"
    }

    private static func json(_ number: Double) -> String {
        // -0 is written as 0: both mean the same profile.
        if number == number.rounded(), abs(number) < 9_007_199_254_740_992 { return String(Int64(number)) }
        return number.description
    }

    /// A profile's strings have nothing to escape: names are checked, the rest are our own words.
    private static func quoted(_ text: String) -> String { "\"\(text)\"" }
}
