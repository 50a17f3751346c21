/// Which of a model's versions are loaded.
package enum VersionPolicy: Sendable, Equatable {
    /// As many of the newest.
    case latest(Int)
    case all
    /// These and no other.
    case specific([String])

    /// As settings write it: `latest`, `latest:3` or `all`.
    package init?(_ text: String) {
        switch text {
        case "all": self = .all
        case "latest": self = .latest(1)
        default:
            guard text.hasPrefix("latest:"), let count = Int(text.dropFirst(7)), (1...64).contains(count) else {
                return nil
            }
            self = .latest(count)
        }
    }

    /// The versions of `available`, the oldest first, that are to be loaded.
    ///
    /// - Throws: ``PipelineError/badModel(name:detail:)`` for one that is asked for by name and is not there.
    func chosen(of available: [String], model: String) throws(PipelineError) -> [String] {
        switch self {
        case .all: return available
        case .latest(let count): return available.suffix(count)
        case .specific(let versions):
            if let missing = versions.first(where: { !available.contains($0) }) {
                throw .badModel(
                    name: model,
                    detail: "config.pbtxt: version_policy: there is no version \(missing); there are: "
                        + available.joined(separator: ", "))
            }
            return available.filter(versions.contains)
        }
    }
}

extension VersionPolicy: CustomStringConvertible {
    package var description: String {
        switch self {
        case .all: "all"
        case .latest(1): "latest"
        case .latest(let count): "latest:\(count)"
        case .specific(let versions): "specific:\(versions.joined(separator: ","))"
        }
    }
}
