import HTTPTypes
import Pipeline
import Vision

/// The options of one request, from its query and from form fields: the same names in both.
struct RequestOptions: Sendable {
    var analysis = AnalysisOptions()
    var output: OutputKind?
    /// JPEG quality, 1…100.
    var quality: Int?
    /// The most that may leave; `nil`: as much as the service lets this client have.
    var privacy: PrivacyLevel?
    /// Whether a sensor waits for the answer.
    var wait: Bool?
    /// What happens to a sensor's frames that come too fast.
    var policy: SensorPolicy?

    enum Name: String, CaseIterable, Sendable {
        case model, profile, confidence, iou, classes, roi, then, output, quality, privacy, hide, wait, policy
        case maximumDetections = "max_detections"
        case thenClasses = "then_classes"
        case thenConfidence = "then_confidence"
    }

    /// What to look for and where.
    static let score: Set<Name> = [
        .model, .profile, .confidence, .iou, .maximumDetections, .classes, .roi, .then, .thenClasses, .thenConfidence,
    ]
    static let camera: Set<Name> = score.union([.policy])
    static let ingest: Set<Name> = score.union([.privacy, .hide, .wait, .policy])
    static let analyze: Set<Name> = score.union([.privacy, .hide, .output, .quality])

    /// What was set, as it was given.
    private(set) var given: [(name: String, value: String)] = []
    private var seen: Set<Name> = []
    private var secondStage = SecondStage(model: "")

    init() {}

    /// Options that a client of another server asked for in its own way.
    ///
    /// - Throws: 400 naming an option that has a value out of range.
    init(_ options: [(name: Name, value: String?)]) throws(Problem) {
        for (name, value) in options {
            if let value { try set(name.rawValue, to: value, known: Self.score) }
        }
    }

    /// Sets one option.
    ///
    /// - Throws: 400 naming an option that is not in `known`, was given before, or has a value out of range.
    mutating func set(_ name: String, to value: String, known: Set<Name>) throws(Problem) {
        guard let option = Name(rawValue: name), known.contains(option) else {
            let names = known.map(\.rawValue).sorted().joined(separator: ", ")
            throw .badOption(name, "no such option; there are: \(names)")
        }
        guard seen.insert(option).inserted else { throw .badOption(name, "given twice") }
        switch option {
        case .model:
            let names = try Self.labels(name, try Self.text(name, value))
            guard names.count <= Self.maximumModels else {
                throw .badOption(name, "\(names.count) models, the limit is \(Self.maximumModels)")
            }
            guard Set(names).count == names.count else { throw .badOption(name, "a model is named twice") }
            analysis.model = names.first
            analysis.further = Array(names.dropFirst())
        case .profile: analysis.profile = try Self.text(name, value)
        case .confidence: analysis.confidenceThreshold = try Self.fraction(name, value)
        case .iou: analysis.iouThreshold = try Self.fraction(name, value)
        case .maximumDetections: analysis.maximumDetections = try Self.integer(name, value, 1...1000)
        case .classes: analysis.classes = try Self.labels(name, value)
        case .roi:
            guard let region = RegionOfInterest(value) else {
                throw .badOption(name, "'\(value.prefix(64))' is not x0,y0,x1,y1")
            }
            analysis.region = region
        case .then: secondStage.model = try Self.text(name, value)
        case .thenClasses: secondStage.classes = try Self.labels(name, value)
        case .thenConfidence: secondStage.confidenceThreshold = try Self.fraction(name, value)
        case .privacy: privacy = try Self.level(name, value)
        case .hide: analysis.hidden = try Self.labels(name, value)
        case .output: output = try Self.output(name, value)
        case .quality: quality = try Self.integer(name, value, 1...100)
        case .policy: policy = try SensorPolicy(option: name, value)
        case .wait: wait = try Self.truth(name, value)
        }
        given.append((name, value))
    }

    static let maximumModels = 8

    /// What the options ask for under a service's rules.
    ///
    /// - Throws: 400 for options that lack the one they go with; 403 for a level above `ceiling`.
    func analysis(under rules: PrivacyRules, ceiling: PrivacyLevel) throws(Problem) -> AnalysisOptions {
        var options = analysis
        if seen.contains(.then) {
            options.secondStage = secondStage
        } else if let option = [Name.thenClasses, .thenConfidence].first(where: seen.contains) {
            throw .badOption(option.rawValue, "goes with 'then'")
        }
        if let privacy, privacy > ceiling {
            throw Problem(
                .forbidden, "privacy", "the highest level for this client is '\(ceiling.rawValue)'", field: "privacy")
        }
        options.privacy = privacy ?? ceiling
        options.hidden = Array(Set(rules.hidden + options.hidden)).sorted()
        return options
    }

    private static func level(_ name: String, _ value: String) throws(Problem) -> PrivacyLevel {
        guard let level = PrivacyLevel(rawValue: value) else {
            let names = PrivacyLevel.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badOption(name, "'\(value.prefix(32))' is none of \(names)")
        }
        return level
    }

    private static func text(_ name: String, _ value: String) throws(Problem) -> String {
        guard (1...256).contains(value.utf8.count) else { throw .badOption(name, "1…256 bytes") }
        return value
    }

    private static func fraction(_ name: String, _ value: String) throws(Problem) -> Float {
        guard let number = Float(value), (0...1).contains(number) else {
            throw .badOption(name, "'\(value.prefix(32))' is not a number between 0 and 1")
        }
        return number
    }

    private static func integer(_ name: String, _ value: String, _ range: ClosedRange<Int>) throws(Problem) -> Int {
        guard let number = Int(value), range.contains(number) else {
            throw .badOption(
                name, "'\(value.prefix(32))' is not a whole number of \(range.lowerBound)…\(range.upperBound)")
        }
        return number
    }

    private static func labels(_ name: String, _ value: String) throws(Problem) -> [String] {
        let labels = value.split(separator: ",").map { label in
            String(label.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        guard !labels.isEmpty, !labels.contains("") else {
            throw .badOption(name, "labels separated by commas")
        }
        guard labels.count <= 1000 else { throw .badOption(name, "more than 1000 labels") }
        return labels
    }

    private static func output(_ name: String, _ value: String) throws(Problem) -> OutputKind {
        guard let kind = OutputKind(rawValue: value) else {
            let names = OutputKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badOption(name, "'\(value.prefix(32))' is none of \(names)")
        }
        return kind
    }

    private static func truth(_ name: String, _ value: String) throws(Problem) -> Bool {
        switch value {
        case "true", "1": true
        case "false", "0": false
        default: throw .badOption(name, "'\(value.prefix(32))' is neither true nor false")
        }
    }
}
