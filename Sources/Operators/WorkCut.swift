internal import Tensors

/// The outputs of a product in blocks of 16 channels, cut into pieces of work: bands of rows or pixels whose input stays in
/// the cache, and where threads are better served so, parts of the blocks. A part begins with a pair of blocks, as weights do.
struct WorkCut {
    struct Piece {
        let image, group: Int
        /// Blocks of the group's outputs.
        let blocks: Range<Int>
        /// Rows or pixels of the image's output.
        let band: Range<Int>
    }

    private let images, groups, blocks: Int
    private let length: Int
    private var bands: Int
    private var parts = 1

    /// - Parameters:
    ///   - blocks: of one group's outputs.
    ///   - length: rows or pixels of one image's output.
    ///   - wanted: how many of them a band should have, at least 1.
    init(images: Int = 1, groups: Int = 1, blocks: Int, length: Int, wanted: Int) {
        (self.images, self.groups, self.blocks) = (images, groups, blocks)
        self.length = length
        bands = max(1, (length + wanted - 1) / wanted)
    }

    /// Cuts further where threads would go without work.
    ///
    /// - Parameter prefersParts: whether threads share an image's pixels, each with its own weights, rather than the weights.
    mutating func share(threads: Int, prefersParts: Bool) {
        guard threads > 1, images * groups % threads != 0 else { return }
        if prefersParts, (blocks + 1) / 2 >= threads {
            parts = threads
        } else {
            bands = max(1, min(length, (bands + threads - 1) / threads * threads))
        }
    }

    /// Rows or pixels of the longest band.
    var longest: Int { (length + bands - 1) / bands }

    /// Calls `body` once for each piece that is not empty, with the number of the thread it runs on, below the width of
    /// `parallelism`. Pieces with the same weights follow each other.
    func run(_ parallelism: Parallelism, _ body: @Sendable (_ thread: Int, Piece) -> Void) {
        let count = images * groups * parts * bands
        let threads = min(parallelism.width, count)
        let pairs = (blocks + 1) / 2
        parallelism.run(count: threads) { thread in
            for index in count * thread / threads..<count * (thread + 1) / threads {
                let (band, part, group) = (index % bands, index / bands % parts, index / (bands * parts))
                let piece = Piece(
                    image: group / groups, group: group % groups,
                    blocks: pairs * part / parts * 2..<min(blocks, pairs * (part + 1) / parts * 2),
                    band: length * band / bands..<length * (band + 1) / bands)
                if !piece.blocks.isEmpty, !piece.band.isEmpty { body(thread, piece) }
            }
        }
    }
}
