package import Codecs
package import Pipeline

/// What to answer, how, and where to.
package struct BatchSettings: Sendable {
    package var inputs: InputSelection
    package var options: AnalysisOptions
    package var description = RawDescription()
    /// `nil`: standard output.
    package var output: String?
    package var format = ResultFormat.jsonl
    /// Write stage times, which differ from run to run, into results.
    package var writesTimings = false
    package var numbering = COCONumbering(.automatic)
    /// Folder for annotated pictures; ``AnalysisOptions/picture`` says in which format.
    package var annotationFolder: String?
    /// Folder for cut-out detections; ``AnalysisOptions/crops`` says in which format.
    package var cropFolder: String?
    /// Frames in work at once.
    package var width = 1
    package var limit: Int?
    package var stopsAtFirstFailure = false
    /// Go on behind what the output's journal says is done.
    package var resumes = false
    /// Compare contents of files that are done even when their size and time are as they were.
    package var rereads = false
    /// Count the inputs first.
    package var countsInputs = false

    package init(inputs: InputSelection, options: AnalysisOptions) {
        self.inputs = inputs
        self.options = options
    }

    /// Whether inputs have files of their own in the output.
    var namesFiles: Bool { annotationFolder != nil || cropFolder != nil || !format.isStream }

    /// What besides the analysis decides what is written.
    var identityTerms: [String] {
        [
            "\(description)", format.rawValue, "timings \(writesTimings)", annotationFolder ?? "", cropFolder ?? "",
            "videos \(inputs.foldersAreVideos)",
        ]
    }
}
