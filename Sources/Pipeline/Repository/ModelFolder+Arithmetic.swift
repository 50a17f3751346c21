internal import Graph
internal import Vision

extension ModelFolder {
    /// - Throws: ``PipelineError/badModel(name:detail:)`` where `config.pbtxt` and `model.json` ask for different arithmetic.
    func checkArithmetic(of version: ModelManifest.Version?) throws(PipelineError) {
        guard let version, let configuration else { return }
        let pairs = [
            ("precision", configuration.precision?.rawValue, version.precision.rawValue),
            ("numerics", configuration.numerics?.rawValue, version.numerics.rawValue),
        ]
        for (key, asked, listed) in pairs {
            guard let asked, asked != listed else { continue }
            throw .badModel(
                name: name, detail: "config.pbtxt: parameter \(key) is '\(asked)', model.json says '\(listed)'")
        }
    }
}
