package import Graph

extension OperatorRegistry {
    /// Every operator of this build.
    package static let standard = OperatorRegistry(lightOperators + heavyOperators)
}
