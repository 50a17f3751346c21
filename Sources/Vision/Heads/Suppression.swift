internal import Imaging

/// Greedy non-maximum suppression within each class: in order of falling score, a box stays unless a box of its class that
/// stayed overlaps it by more than `iou`. Equal scores keep the order they came in.
///
/// - Returns: at most `limit` boxes, best first. Applying it again changes nothing.
/// - Complexity: O(n²) at worst, n being `candidateLimit` at most: beyond it only the best candidates take part.
package func suppressed(_ candidates: [Detection], iou: Float, limit: Int) -> [Detection] {
    let order = candidates.indices.sorted { a, b in
        let (first, second) = (candidates[a].score, candidates[b].score)
        return first != second ? first > second : a < b
    }
    var kept: [Detection] = []
    for index in order.prefix(candidateLimit) {
        if kept.count >= limit { break }
        let candidate = candidates[index]
        let isCovered = kept.contains {
            $0.classID == candidate.classID && $0.rect.intersectionOverUnion(candidate.rect) > iou
        }
        if !isCovered { kept.append(candidate) }
    }
    return kept
}

/// Bounds the work that a threshold of 0 can ask for.
package let candidateLimit = 4096
