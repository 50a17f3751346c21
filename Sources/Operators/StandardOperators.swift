package import Graph

extension OperatorRegistry {
    /// Every operator of the standard domain that Fovea implements.
    package static let standard = OperatorRegistry(lightOperators + heavyOperators)
}
