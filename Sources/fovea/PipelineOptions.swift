import ArgumentParser
import Graph
import Pipeline

/// Where models and profiles come from, and how many threads compute.
struct PipelineOptions: ParsableArguments {
    @Option(help: "Folder of models; by default the one beside the program, or ./models.")
    var models: String?

    @Option(help: "Folder of ISP profiles (*.json), besides the built-in one.")
    var profiles: String?

    @Option(help: "Compute threads; by default one a processor.")
    var threads: Int?

    @Option(help: "What products of networks are computed in, fp32, bf16 or int8; by default what model.json says.")
    var precision: Precision?

    func validate() throws {
        if let threads, !(1...256).contains(threads) {
            throw ValidationError("--threads is \(threads), allowed are 1 to 256")
        }
    }

    func configuration(only names: Set<String>? = nil) -> PipelineConfiguration {
        var configuration = PipelineConfiguration()
        configuration.modelDirectory = models
        configuration.profileDirectory = profiles
        configuration.modelNames = names
        configuration.precision = precision
        if let threads { configuration.threads = threads }
        return configuration
    }
}

/// What to ask of each frame.
struct AnalysisFlags: ParsableArguments {
    @Option(help: "Model to run, or several separated by commas; by default the detector.")
    var model: String?

    @Option(name: .customLong("isp-profile"), help: "Name of an ISP profile.")
    var profile: String?

    @Option(name: .customLong("conf"), help: "Lowest score to report, 0 to 1.")
    var confidence: Float?

    @Option(help: "Overlap above which the weaker of two boxes of a class is dropped, 0 to 1.")
    var iou: Float?

    @Option(help: "Classes to report, separated by commas.")
    var classes: String?

    @Option(help: "Most detections to report for a frame.")
    var maxDet: Int?

    @Option(
        help: ArgumentHelp(
            "Part of the upright frame to look at, in pixels or, when no number is above 1, parts of its size.",
            valueName: "x0,y0,x1,y1"))
    var roi: RegionOfInterest?

    @Option(help: "Second model, which looks at each thing the first one found.")
    var then: String?

    @Option(help: "Classes of the first model that the second one looks at, separated by commas; by default all.")
    var thenClasses: String?

    @Option(name: .customLong("then-conf"), help: "Lowest score of the second model to report, 0 to 1.")
    var thenConfidence: Float?

    func validate() throws {
        if then == nil && (thenClasses != nil || thenConfidence != nil) {
            throw ValidationError("--then-classes and --then-conf go with --then")
        }
    }

    var options: AnalysisOptions {
        var options = AnalysisOptions()
        let models = Self.list(model) ?? []
        options.model = models.first
        options.further = Array(models.dropFirst())
        options.profile = profile
        options.confidenceThreshold = confidence
        options.iouThreshold = iou
        options.maximumDetections = maxDet
        options.classes = Self.list(classes)
        options.region = roi
        options.secondStage = then.map {
            SecondStage(model: $0, classes: Self.list(thenClasses), confidenceThreshold: thenConfidence)
        }
        return options
    }

    private static func list(_ text: String?) -> [String]? { text?.split(separator: ",").map { String($0) } }
}
