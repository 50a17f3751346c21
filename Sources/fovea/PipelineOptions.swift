import ArgumentParser
import Pipeline

/// Where models and profiles come from, and how many threads compute.
struct PipelineOptions: ParsableArguments {
    @Option(help: "Folder of models; by default the one beside the program, or ./models.")
    var models: String?

    @Option(help: "Folder of ISP profiles (*.json), besides the built-in one.")
    var profiles: String?

    @Option(help: "Compute threads; by default one a processor.")
    var threads: Int?

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
        if let threads { configuration.threads = threads }
        return configuration
    }
}

/// What to ask of each frame.
struct AnalysisFlags: ParsableArguments {
    @Option(help: "Model to run; by default the detector.")
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

    var options: AnalysisOptions {
        var options = AnalysisOptions()
        options.model = model
        options.profile = profile
        options.confidenceThreshold = confidence
        options.iouThreshold = iou
        options.maximumDetections = maxDet
        options.classes = classes?.split(separator: ",").map { String($0) }
        return options
    }
}
