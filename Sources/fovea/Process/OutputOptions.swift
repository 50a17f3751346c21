import ArgumentParser
import Batch
import Pipeline
import Vision

extension ResultFormat: ExpressibleByArgument {}
extension ProgressDisplay.Style: ExpressibleByArgument {}

extension PrivacyLevel: ExpressibleByArgument {}

/// What to write, and where.
struct OutputOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "File for the answers, for yolo a folder; by default standard output.")
    var output: String?

    @Option(help: "How answers are written.")
    var format: ResultFormat = .jsonl

    @Option(help: "COCO annotations whose image and category numbers --format coco uses.")
    var groundTruth: String?

    @Flag(help: "Write stage times into JSON lines; they differ from run to run.")
    var timings = false

    @Option(help: "Folder for annotated pictures.")
    var annotate: String?

    @Option(help: "Folder for pictures of the detections, in a folder for each label.")
    var crops: String?

    @Option(name: [.long, .customLong("annotate-format")], help: "Format of pictures: jpeg or png.")
    var pictureFormat: String = "jpeg"

    @Option(help: "What of a frame may be written: metadata or tensor: no pictures; masked: faces are hidden; full.")
    var privacy: PrivacyLevel = .full

    @Option(help: "Classes that masked pictures hide besides faces, separated by commas.")
    var hide: String?

    @Option(help: "File for a JSON report: counts, and each input that failed.")
    var report: String?

    @Option(help: "Progress on standard error: a bar on a terminal and JSON lines otherwise (auto), bar, json or none.")
    var progress: ProgressDisplay.Style = .auto

    func validate() throws {
        if !["jpeg", "png"].contains(pictureFormat) {
            throw ValidationError("--picture-format is '\(pictureFormat)', allowed are jpeg and png")
        }
        if format == .yolo && output == nil { throw ValidationError("--format yolo needs --output, a folder") }
        if groundTruth != nil && format != .coco { throw ValidationError("--ground-truth goes with --format coco") }
        if privacy < .masked && (annotate != nil || crops != nil) {
            throw ValidationError(
                "--privacy \(privacy.rawValue) lets no pictures be written: no --annotate, no --crops")
        }
        if hide != nil && privacy != .masked { throw ValidationError("--hide goes with --privacy masked") }
    }

    func apply(to settings: inout BatchSettings) throws {
        settings.output = output == "-" ? nil : output
        settings.format = format
        settings.writesTimings = timings
        settings.annotationFolder = annotate
        settings.cropFolder = crops
        let encoding: PictureFormat = pictureFormat == "png" ? .png : .jpeg(quality: 90)
        if annotate != nil { settings.options.picture = encoding }
        if crops != nil { settings.options.crops = encoding }
        settings.options.privacy = privacy
        settings.options.hidden = hide?.split(separator: ",").map { String($0) } ?? []
        if let groundTruth { settings.numbering = try COCONumbering(groundTruth: groundTruth) }
    }
}
