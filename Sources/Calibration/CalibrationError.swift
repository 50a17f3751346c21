/// Why frames cannot be calibrated from.
package enum CalibrationError: Error, Equatable, Sendable {
    /// Frames that differ in size, colour filter or depth.
    case mismatch(detail: String)
    /// Frames that do not show what they should: a flat that is clipped, a chart without contrast, too few frames.
    case unsuitable(what: String, detail: String)
}

extension CalibrationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .mismatch(let detail): detail
        case .unsuitable(let what, let detail): "\(what): \(detail)"
        }
    }
}
