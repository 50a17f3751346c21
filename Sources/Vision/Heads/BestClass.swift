/// The largest finite one of `count` values that lie `step` apart from `start` on; of equal ones the first.
///
/// - Parameter skipped: an index that takes no part.
func bestClass(
    _ values: UnsafeBufferPointer<Float>, from start: Int, count: Int, step: Int, skipping skipped: Int = -1
) -> (index: Int, value: Float)? {
    var best = -Float.infinity
    var bestIndex = -1
    for index in 0..<count where index != skipped {
        let value = values[start + index * step]
        if value > best && value.isFinite {
            best = value
            bestIndex = index
        }
    }
    return bestIndex >= 0 ? (bestIndex, best) : nil
}
