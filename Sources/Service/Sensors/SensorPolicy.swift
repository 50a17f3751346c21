/// What happens to a sensor's frames that come faster than they are answered.
package enum SensorPolicy: String, Sendable, CaseIterable {
    /// All wait in the order in which they came, as many as there is room for; a frame beyond that is refused.
    case lossless
    /// One waits, and a newer one takes its place: the older is dropped as superseded.
    case latest

    /// - Throws: 400 naming the option.
    init(option: String, _ value: String) throws(Problem) {
        guard let policy = SensorPolicy(rawValue: value) else {
            let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badOption(option, "'\(value.prefix(32))' is none of \(names)")
        }
        self = policy
    }
}
