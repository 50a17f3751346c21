/// Places for buffers in one block, such that buffers alive at the same time never overlap.
///
/// Greedy by size: the largest buffer first, each into the tightest gap between the placed buffers it lives beside
/// (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, section 5).
package struct MemoryPlan: Sendable, Equatable {
    package struct Buffer: Sendable, Equatable {
        package var byteCount: Int
        /// First and last step at which the buffer is in use, both included.
        package var first: Int
        package var last: Int

        package init(byteCount: Int, first: Int, last: Int) {
            self.byteCount = byteCount
            self.first = first
            self.last = last
        }
    }

    package static let alignment = 64

    /// Where each buffer starts, a multiple of ``alignment``.
    package var offsets: [Int]
    /// Size of the block.
    package var byteCount: Int

    package init(_ buffers: [Buffer]) {
        offsets = [Int](repeating: 0, count: buffers.count)
        byteCount = 0
        var placed: [(start: Int, end: Int, index: Int)] = []
        let bySize = buffers.indices.sorted {
            (buffers[$0].byteCount, buffers[$1].first) > (buffers[$1].byteCount, buffers[$0].first)
        }
        for index in bySize {
            let buffer = buffers[index]
            let size = max(Self.alignment, (buffer.byteCount + Self.alignment - 1) & ~(Self.alignment - 1))
            var best: (offset: Int, gap: Int)?
            var end = 0
            for other in placed
            where buffers[other.index].first <= buffer.last && buffer.first <= buffers[other.index].last {
                let gap = other.start - end
                if gap >= size, gap < best?.gap ?? Int.max { best = (end, gap) }
                end = max(end, other.end)
            }
            let offset = best?.offset ?? end
            offsets[index] = offset
            byteCount = max(byteCount, offset + size)
            let position = placed.firstIndex { $0.start > offset } ?? placed.count
            placed.insert((offset, offset + size, index), at: position)
        }
    }
}
