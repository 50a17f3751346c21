package import Pipeline

/// A camera that the service opens itself, as one setting: `NAME=DEVICE?OPTIONS`.
///
/// `NAME` is the sensor's; `DEVICE` the camera's name, serial number or address; the options are those of the ingest route's
/// query and `black_level`.
package struct CameraSetting: Sendable, Equatable {
    package var sensor: String
    package var device: String
    package var policy: SensorPolicy?
    package var options = AnalysisOptions()
    /// Sample value of darkness, which GigE Vision does not tell.
    package var blackLevel = 0.0

    /// - Throws: `ConfigurationError` saying what is wrong with the setting.
    package init(_ text: some StringProtocol) throws(ConfigurationError) {
        do throws(Problem) {
            let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            let names = halves[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard names.count == 2, !names[1].isEmpty, names[1].utf8.count <= 256 else {
                throw Problem.malformed("'\(text.prefix(64))' is not NAME=DEVICE?OPTIONS", field: "cameras")
            }
            sensor = try SensorID(String(names[0])).name
            device = String(names[1])
            var request = RequestOptions()
            for (name, value) in try QueryItems(halves.count == 2 ? String(halves[1]) : nil).items {
                if name == "black_level" {
                    guard let level = Double(value), (0...65_535).contains(level) else {
                        throw Problem.badOption(name, "'\(value.prefix(32))' is not a number of 0…65535")
                    }
                    blackLevel = level
                } else {
                    try request.set(name, to: value, known: RequestOptions.camera)
                }
            }
            options = request.analysis
            policy = request.policy
        } catch {
            throw .unreadable(key: "cameras", detail: error.detail)
        }
    }

    /// Settings separated by commas; commas inside one are written `%2C`.
    package static func list(_ text: String) throws(ConfigurationError) -> [CameraSetting] {
        var list: [CameraSetting] = []
        for item in text.split(separator: ",") {
            let setting = try CameraSetting(item)
            guard !list.contains(where: { $0.sensor == setting.sensor }) else {
                throw .unreadable(key: "cameras", detail: "two cameras are called '\(setting.sensor)'")
            }
            list.append(setting)
        }
        return list
    }
}
