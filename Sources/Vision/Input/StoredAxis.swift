internal import Imaging

/// How one axis of a stored picture fills the axis of a network's input that it runs along once the picture is upright.
struct StoredAxis: Sendable {
    /// For each place in the input, in the input's order: which stored samples, from ``offset`` on, with what weights.
    let resampled: ResampledAxis
    /// First stored sample that the network sees.
    let offset: Int
    /// Stored samples that the network sees.
    let sourceCount: Int
    /// Places of the input, from ``targetOffset`` on.
    let targetCount: Int
    let targetOffset: Int
    private let isReversed: Bool

    /// - Parameters:
    ///   - source: first sample and number of samples of the upright picture's axis.
    ///   - target: first place and number of places of the input's axis.
    ///   - extent: samples of the whole axis.
    ///   - isReversed: whether the stored axis runs against the upright one.
    init(
        source: (start: Int, count: Int), target: (start: Int, count: Int), extent: Int, isReversed: Bool,
        filter: ModelManifest.Input.Filter
    ) {
        let upright = ResampledAxis(sourceCount: source.count, targetCount: target.count, filter: filter)
        resampled = isReversed ? upright.reversed(sourceCount: source.count) : upright
        offset = isReversed ? extent - source.start - source.count : source.start
        sourceCount = source.count
        targetCount = target.count
        targetOffset = target.start
        self.isReversed = isReversed
    }

    /// The place, counted from ``targetOffset``, that comes `index`-th when stored samples are passed in rising order.
    func place(inStoredOrder index: Int) -> Int { isReversed ? targetCount - 1 - index : index }

    /// The stored sample that the window of `place` begins with.
    func start(of place: Int) -> Int { offset + Int(resampled.starts[place]) }
}
