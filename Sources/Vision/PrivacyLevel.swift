/// What of a frame may leave the program or be stored. Each level allows what the ones before it allow.
package enum PrivacyLevel: String, Sendable, Codable, CaseIterable {
    /// What was found: labels, boxes, scores, digests.
    case metadata
    /// Networks' outputs as numbers, too.
    case tensor
    /// Pictures in which faces and chosen things are unrecognisable, too.
    case masked
    /// Everything, the frame itself included.
    case full
}

extension PrivacyLevel: Comparable {
    package static func < (a: PrivacyLevel, b: PrivacyLevel) -> Bool {
        (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
    }
}
