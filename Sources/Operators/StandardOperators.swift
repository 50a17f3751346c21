package import Graph

extension OperatorRegistry {
    /// All operators of this module.
    package static let standard = OperatorRegistry(lightOperators + heavyOperators)
}
