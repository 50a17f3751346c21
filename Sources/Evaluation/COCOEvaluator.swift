/// Scores detections against a ground truth as COCO's own evaluation does (Lin et al., "Microsoft COCO: Common Objects in
/// Context", 2014; the rules of cocodataset.org/#detection-eval).
///
/// For each category, size range and overlap threshold detections take, best first, the object that they overlap most and that
/// no better one has taken. Precision is read off at 101 recalls after being made non-increasing.
package struct COCOEvaluator: Sendable {
    /// A detection; which image it is of is known by its group.
    private struct Candidate {
        var box: COCOBox
        var score: Double
    }

    private struct Group {
        var truths: [COCOGroundTruth.Annotation] = []
        var candidates: [Candidate] = []
    }

    private static let overlaps = spaced(from: 0.5, to: 0.95, count: 10)
    private static let recalls = spaced(from: 0, to: 1, count: 101)
    private static let sizes: [ClosedRange<Double>] = [0...1e10, 0...1024, 1024...9216, 9216...1e10]
    /// Detections of a category that count in an image.
    private static let counts = [1, 10, 100]

    /// Groups by category index, then by image in the order of their numbers.
    private var groups: [[Int: Group]]
    private let categoryIndex: [Int: Int]
    private let imageIndex: [Int: Int]

    package init(_ truth: COCOGroundTruth) {
        let images = Set(truth.images.map(\.id)).sorted()
        imageIndex = Dictionary(uniqueKeysWithValues: images.enumerated().map { ($1, $0) })
        let categories = Set(truth.categories.map(\.id)).sorted()
        categoryIndex = Dictionary(uniqueKeysWithValues: categories.enumerated().map { ($1, $0) })
        groups = Array(repeating: [:], count: categories.count)
        for annotation in truth.annotations {
            guard let category = categoryIndex[annotation.categoryID], let image = imageIndex[annotation.imageID] else {
                continue
            }
            groups[category][image, default: Group()].truths.append(annotation)
        }
    }

    /// - Returns: `false` when the ground truth has no such image. A category that it does not have is passed over.
    package mutating func add(_ detection: COCODetection) -> Bool {
        guard let image = imageIndex[detection.imageID] else { return false }
        guard let category = categoryIndex[detection.categoryID] else { return true }
        groups[category][image, default: Group()].candidates.append(
            Candidate(box: detection.box, score: detection.score))
        return true
    }

    /// - Complexity: O(categories × images with objects or detections × objects × detections).
    package func summary() -> COCOSummary {
        var precisions = Mean(thresholds: Self.overlaps.count)
        var recallMeans = Mean(thresholds: Self.overlaps.count)
        for category in groups {
            let ordered = category.sorted { $0.key < $1.key }.map(\.value)
            for size in Self.sizes.indices {
                let matches = ordered.map { ImageMatches($0.truths, candidates: Self.best($0), size: Self.sizes[size]) }
                for count in Self.counts.indices {
                    guard let curve = Curve(matches, count: Self.counts[count]) else { continue }
                    let slot = size * Self.counts.count + count
                    precisions.add(curve.precisions, slot: slot)
                    recallMeans.add(curve.recalls, slot: slot)
                }
            }
        }
        func slot(_ size: Int, _ count: Int) -> Int { size * Self.counts.count + count }
        return COCOSummary(
            ap: precisions.mean(slot(0, 2)), ap50: precisions.mean(slot(0, 2), threshold: 0),
            ap75: precisions.mean(slot(0, 2), threshold: 5), apSmall: precisions.mean(slot(1, 2)),
            apMedium: precisions.mean(slot(2, 2)), apLarge: precisions.mean(slot(3, 2)),
            ar1: recallMeans.mean(slot(0, 0)), ar10: recallMeans.mean(slot(0, 1)),
            ar100: recallMeans.mean(slot(0, 2)), arSmall: recallMeans.mean(slot(1, 2)),
            arMedium: recallMeans.mean(slot(2, 2)), arLarge: recallMeans.mean(slot(3, 2)))
    }

    /// The best detections of a group, best first; equal scores in the order they came in.
    private static func best(_ group: Group) -> [Candidate] {
        let order = group.candidates.indices.sorted { a, b in
            let (first, second) = (group.candidates[a].score, group.candidates[b].score)
            return first != second ? first > second : a < b
        }
        return order.prefix(counts[counts.count - 1]).map { group.candidates[$0] }
    }

    /// The numbers that numpy.linspace gives, to the bit: thresholds decide by equality.
    private static func spaced(from start: Double, to end: Double, count: Int) -> [Double] {
        let step = (end - start) / Double(count - 1)
        return (0..<count).map { $0 == count - 1 ? end : Double($0) * step + start }
    }

    /// What became of one image's detections of one category, for objects of one size range.
    private struct ImageMatches {
        /// Best first.
        let scores: [Double]
        /// By threshold, then by detection: has found an object; counts neither for nor against.
        let isHit: [[Bool]]
        let isIgnored: [[Bool]]
        /// Objects that should be found.
        let objectCount: Int

        init(_ unordered: [COCOGroundTruth.Annotation], candidates: [Candidate], size: ClosedRange<Double>) {
            let isOut = unordered.map { $0.isCrowd || !size.contains($0.area) }
            // Those that count come first: an ignored one is taken only when no other will do.
            let truths =
                unordered.indices.filter { !isOut[$0] }.map { (unordered[$0], false) }
                + unordered.indices.filter { isOut[$0] }.map { (unordered[$0], true) }
            objectCount = truths.count { !$0.1 }
            scores = candidates.map(\.score)
            let overlaps = candidates.map { candidate in
                truths.map { candidate.box.overlap(with: $0.0.box, isCrowd: $0.0.isCrowd) }
            }
            let isOutOfSize = candidates.map { !size.contains($0.box.area) }
            var hits: [[Bool]] = []
            var ignored: [[Bool]] = []
            for threshold in COCOEvaluator.overlaps {
                var isTaken = [Bool](repeating: false, count: truths.count)
                var hit = [Bool](repeating: false, count: candidates.count)
                var ignore = [Bool](repeating: false, count: candidates.count)
                for index in candidates.indices {
                    var least = min(threshold, 1 - 1e-10)
                    var match: Int?
                    for (place, (truth, isIgnored)) in truths.enumerated() {
                        if isTaken[place] && !truth.isCrowd { continue }
                        if let match, !truths[match].1 && isIgnored { break }
                        if overlaps[index][place] < least { continue }
                        least = overlaps[index][place]
                        match = place
                    }
                    if let match {
                        isTaken[match] = true
                        hit[index] = true
                        ignore[index] = truths[match].1
                    } else {
                        ignore[index] = isOutOfSize[index]
                    }
                }
                hits.append(hit)
                ignored.append(ignore)
            }
            isHit = hits
            isIgnored = ignored
        }
    }

    /// Precision over recall of one category, by threshold.
    private struct Curve {
        /// At 101 recalls.
        var precisions: [[Double]] = []
        /// The highest reached.
        var recalls: [[Double]] = []

        /// `nil` when there is nothing to be found.
        init?(_ images: [ImageMatches], count: Int) {
            let objectCount = images.reduce(0) { $0 + $1.objectCount }
            guard objectCount > 0 else { return nil }
            var places: [(image: Int, detection: Int, score: Double)] = []
            for (image, matches) in images.enumerated() {
                for detection in 0..<min(count, matches.scores.count) {
                    places.append((image, detection, matches.scores[detection]))
                }
            }
            let order = places.indices.sorted { a, b in
                places[a].score != places[b].score ? places[a].score > places[b].score : a < b
            }
            for threshold in COCOEvaluator.overlaps.indices {
                var recall: [Double] = []
                var precision: [Double] = []
                var hits = 0.0
                var misses = 0.0
                for index in order {
                    let place = places[index]
                    let matches = images[place.image]
                    if !matches.isIgnored[threshold][place.detection] {
                        if matches.isHit[threshold][place.detection] { hits += 1 } else { misses += 1 }
                    }
                    recall.append(hits / Double(objectCount))
                    precision.append(hits / (hits + misses + Double.ulpOfOne))
                }
                for index in precision.indices.dropLast().reversed() {
                    precision[index] = max(precision[index], precision[index + 1])
                }
                var index = 0
                precisions.append(
                    COCOEvaluator.recalls.map { wanted in
                        while index < recall.count && recall[index] < wanted { index += 1 }
                        return index < precision.count ? precision[index] : 0
                    })
                recalls.append([recall.last ?? 0])
            }
        }
    }

    /// Means over categories, thresholds and recalls, by size and count.
    private struct Mean {
        private var sums: [[Double]]
        private var counts: [[Int]]

        init(thresholds: Int) {
            let slots = COCOEvaluator.sizes.count * COCOEvaluator.counts.count
            sums = Array(repeating: Array(repeating: 0, count: thresholds), count: slots)
            counts = Array(repeating: Array(repeating: 0, count: thresholds), count: slots)
        }

        mutating func add(_ values: [[Double]], slot: Int) {
            for (threshold, numbers) in values.enumerated() {
                sums[slot][threshold] += numbers.reduce(0, +)
                counts[slot][threshold] += numbers.count
            }
        }

        /// - Parameter threshold: `nil` for the mean over all.
        func mean(_ slot: Int, threshold: Int? = nil) -> Double {
            let sum = threshold.map { sums[slot][$0] } ?? sums[slot].reduce(0, +)
            let count = threshold.map { counts[slot][$0] } ?? counts[slot].reduce(0, +)
            return count > 0 ? sum / Double(count) : -1
        }
    }
}
