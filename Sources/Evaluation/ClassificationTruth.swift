internal import Tensors

/// The right class of each picture, and how often classifiers name it.
package struct ClassificationTruth: Sendable {
    /// A class by its label or its index.
    private var classes: [String: String] = [:]

    package var count: Int { classes.count }

    /// Reads lines `FILE<tab>CLASS`, `FILE,CLASS` or `FILE CLASS`, the last tab, comma or space of a line being the one that
    /// divides it. A class is a label, or an index from 0. Empty lines and those that begin with `#` are passed over.
    ///
    /// - Throws: `FileError`, ``EvaluationError/malformed(path:line:detail:)``.
    package init(path: String) throws {
        let reader = try LineReader(path: path)
        var number = 0
        while let bytes = try reader.next() {
            number += 1
            let line = String(decoding: bytes, as: UTF8.self).trimmingSpaces
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let cut = ["\t", ",", " "].lazy.compactMap({ line.lastIndex(of: $0) }).first else {
                throw EvaluationError.malformed(path: path, line: number, detail: "expected a file and its class")
            }
            let file = String(line[..<cut]).trimmingSpaces
            classes[file] = String(line[line.index(after: cut)...]).trimmingSpaces
        }
    }

    /// The share of pictures whose class is among the `k` best answers.
    package struct Score: Sendable, Equatable {
        package var k: Int
        package var hits: Int
        package var pictures: Int
        package var accuracy: Double { pictures > 0 ? Double(hits) / Double(pictures) : 0 }
    }

    /// Scores lines of `fovea process`.
    ///
    /// - Returns: scores by k, and pictures that failed; these count as wrong.
    /// - Throws: `FileError`, ``EvaluationError``, also for a picture that has no class here.
    package func score(_ path: String, ks: [Int]) throws -> (scores: [Score], failures: Int) {
        var scores = ks.map { Score(k: $0, hits: 0, pictures: 0) }
        var failures = 0
        try ResultLine.read(path) { line in
            guard let right = classes[line.key] ?? classes[line.fileName] else {
                throw EvaluationError.mismatch(detail: "the ground truth has no picture '\(line.fileName)'")
            }
            if line.error != nil { failures += 1 }
            let index = Int(right)
            let answers = line.classifications ?? []
            let place = answers.firstIndex { $0.label == right || $0.classID == index }
            for slot in scores.indices {
                scores[slot].pictures += 1
                if let place, place < scores[slot].k { scores[slot].hits += 1 }
            }
        }
        return (scores, failures)
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
