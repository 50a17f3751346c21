import Pipeline
package import Vision

/// The highest level of privacy at which anything may leave or be kept: for all, by sensor and by API key. Rules only lower it.
package struct PrivacyRules: Sendable, Equatable {
    /// A name, or its beginning and a star, and the highest level for those it fits.
    package struct Rule: Sendable, Equatable {
        package var name: String
        package var level: PrivacyLevel

        package init(name: String, level: PrivacyLevel) {
            self.name = name
            self.level = level
        }

        func fits(_ other: String) -> Bool {
            name.hasSuffix("*") ? other.hasPrefix(name.dropLast()) : other == name
        }
    }

    /// For everybody and everything.
    package var level = PrivacyLevel.full
    /// By sensor and by the id of an API key; of those that fit the lowest counts.
    package var sensors: [Rule] = []
    package var keys: [Rule] = []
    /// Labels of what masked pictures hide besides faces.
    package var hidden: [String] = []

    package init() {}

    /// - Parameters:
    ///   - key: id of the API key that the client showed, if any.
    ///   - sensor: the sensor that the frame came from, if any.
    package func ceiling(key: String?, sensor: String? = nil) -> PrivacyLevel {
        let forKey = key.map { key in keys.filter { $0.fits(key) } } ?? []
        let forSensor = sensor.map { sensor in sensors.filter { $0.fits(sensor) } } ?? []
        return (forKey + forSensor).map(\.level).reduce(level, min)
    }

    /// - Throws: 403 for clients who may not have networks' outputs as numbers.
    func requireTensors(for key: String?) throws(Problem) {
        let ceiling = ceiling(key: key)
        guard ceiling >= .tensor else {
            throw Problem(PipelineError.withheld(what: "tensors", level: ceiling.rawValue))
        }
    }

    /// Every level that a rule may give.
    var levels: [PrivacyLevel] { [level] + (sensors + keys).map(\.level) }
}
