/// How two runs over the same inputs differ: boxes by overlap, classes, scores.
package struct RunComparison: Sendable {
    /// What differs for one input.
    package struct Difference: Sendable, Equatable {
        package var source: String
        /// In words for people, one thing each.
        package var details: [String]
    }

    /// Smallest overlap at which two boxes are the same thing, 0…1.
    package let overlap: Double
    /// Scores that differ by no more count as equal.
    package let scoreTolerance: Double

    package private(set) var inputs = 0
    package private(set) var onlyFirst = 0
    package private(set) var onlySecond = 0
    /// Answered in one run, failed in the other.
    package private(set) var failureChanges = 0
    package private(set) var firstBoxes = 0
    package private(set) var secondBoxes = 0
    /// Pairs of boxes that overlap enough and are of one class.
    package private(set) var matches = 0
    /// Pairs that overlap enough and are of different classes.
    package private(set) var classChanges = 0
    package private(set) var overlapSum = 0.0
    package private(set) var leastOverlap = 1.0
    package private(set) var greatestScoreChange = 0.0
    /// Pictures classified by both, and those with the same best class.
    package private(set) var classified = 0
    package private(set) var sameBestClass = 0

    package init(overlap: Double, scoreTolerance: Double) {
        self.overlap = overlap
        self.scoreTolerance = scoreTolerance
    }

    /// The part of boxes of both runs that have their like in the other: 1 when there are none.
    package var agreement: Double {
        let boxes = firstBoxes + secondBoxes
        return boxes > 0 ? Double(2 * matches) / Double(boxes) : 1
    }

    package var meanOverlap: Double { matches > 0 ? overlapSum / Double(matches) : 1 }

    /// Compares two files of `fovea process`. Inputs are the same when their paths are.
    ///
    /// - Parameter report: told of each input that differs, in the order of the second file; those only in the first come last.
    /// - Throws: `FileError`, ``EvaluationError``, and what `report` throws.
    package mutating func compare(
        _ first: String, _ second: String, report: (Difference) throws -> Void
    ) throws {
        var waiting: [String: [ResultLine]] = [:]
        try ResultLine.read(first) { waiting[$0.key, default: []].append($0) }
        for key in waiting.keys { waiting[key]?.reverse() }
        try ResultLine.read(second) { line in
            inputs += 1
            guard let other = waiting[line.key]?.popLast() else {
                onlySecond += 1
                return try report(Difference(source: line.key, details: ["only in the second run"]))
            }
            let details = compare(other, line)
            if !details.isEmpty { try report(Difference(source: line.key, details: details)) }
        }
        for (key, lines) in waiting.sorted(by: { $0.key < $1.key }) {
            for _ in lines {
                inputs += 1
                onlyFirst += 1
                try report(Difference(source: key, details: ["only in the first run"]))
            }
        }
    }

    private mutating func compare(_ first: ResultLine, _ second: ResultLine) -> [String] {
        if (first.error == nil) != (second.error == nil) {
            failureChanges += 1
            return [
                first.error.map { "failed in the first run: \($0)" }
                    ?? "failed in the second run: \(second.error ?? "")"
            ]
        }
        return compareBoxes(first.detections ?? [], second.detections ?? [])
            + compareClasses(first.classifications ?? [], second.classifications ?? [])
    }

    private mutating func compareBoxes(
        _ first: [ResultLine.Detection], _ second: [ResultLine.Detection]
    ) -> [String] {
        firstBoxes += first.count
        secondBoxes += second.count
        var pairs: [(a: Int, b: Int, overlap: Double, sameClass: Bool)] = []
        for (a, left) in first.enumerated() {
            for (b, right) in second.enumerated() {
                let value = Self.box(left).overlap(with: Self.box(right), isCrowd: false)
                if value >= overlap { pairs.append((a, b, value, left.label == right.label)) }
            }
        }
        // Pairs of one class before others, then by overlap; the order of the boxes decides between equals.
        pairs.sort {
            if $0.sameClass != $1.sameClass { return $0.sameClass }
            return $0.overlap != $1.overlap ? $0.overlap > $1.overlap : ($0.a, $0.b) < ($1.a, $1.b)
        }
        var details: [String] = []
        var (usedA, usedB): (Set<Int>, Set<Int>) = ([], [])
        for pair in pairs where !usedA.contains(pair.a) && !usedB.contains(pair.b) {
            usedA.insert(pair.a)
            usedB.insert(pair.b)
            let (left, right) = (first[pair.a], second[pair.b])
            guard pair.sameClass else {
                classChanges += 1
                details.append("\(left.label) \(Self.text(left.box)) became \(right.label)")
                continue
            }
            matches += 1
            overlapSum += pair.overlap
            leastOverlap = min(leastOverlap, pair.overlap)
            let change = abs(left.score - right.score)
            greatestScoreChange = max(greatestScoreChange, change)
            if change > scoreTolerance {
                details.append("\(left.label) \(Self.text(left.box)): score \(left.score) became \(right.score)")
            }
        }
        details += first.indices.filter { !usedA.contains($0) }.map {
            "\(first[$0].label) \(Self.text(first[$0].box)) is missing"
        }
        details += second.indices.filter { !usedB.contains($0) }.map {
            "\(second[$0].label) \(Self.text(second[$0].box)) is new"
        }
        return details
    }

    private mutating func compareClasses(
        _ first: [ResultLine.Classification], _ second: [ResultLine.Classification]
    ) -> [String] {
        guard let left = first.first, let right = second.first else { return [] }
        classified += 1
        let scores = Dictionary(second.map { ($0.label, $0.score) }, uniquingKeysWith: { first, _ in first })
        var details: [String] = []
        if left.label == right.label {
            sameBestClass += 1
        } else {
            details.append("\(left.label) became \(right.label)")
        }
        for answer in first {
            guard let other = scores[answer.label] else { continue }
            let change = abs(answer.score - other)
            greatestScoreChange = max(greatestScoreChange, change)
            if change > scoreTolerance { details.append("\(answer.label): score \(answer.score) became \(other)") }
        }
        return details
    }

    private static func box(_ detection: ResultLine.Detection) -> COCOBox {
        let box = detection.box
        return COCOBox(x: box[0], y: box[1], width: box[2] - box[0], height: box[3] - box[1])
    }

    private static func text(_ box: [Double]) -> String {
        "[" + box.map { "\(($0 * 10).rounded() / 10)" }.joined(separator: ", ") + "]"
    }
}
