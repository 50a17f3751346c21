/// Weights that map one axis of a picture to another length: a triangle as wide as a target pixel (of at least a source
/// pixel), which averages areas when it shrinks and interpolates linearly when it enlarges.
struct ResamplingAxis: Sendable {
    /// For each target pixel the first source pixel that it takes light from, and how many; none lies outside the source.
    let first: [Int]
    let count: [Int]
    /// Weights of all target pixels one after another; those of a pixel sum to 1.
    let weights: [Float]
    /// Where in `weights` each target pixel's begin.
    let start: [Int]

    /// - Parameters:
    ///   - origin: source position of the left edge of target pixel 0.
    ///   - step: source pixels per target pixel.
    init(source: Int, target: Int, origin: Double, step: Double) {
        let support = max(1, step)
        var first: [Int] = []
        var count: [Int] = []
        var start: [Int] = []
        var weights: [Float] = []
        for index in 0..<target {
            start.append(weights.count)
            let centre = origin + (Double(index) + 0.5) * step
            guard centre > 0, centre < Double(source) else {
                first.append(0)
                count.append(0)
                continue
            }
            let low = max(0, Int((centre - support - 0.5).rounded(.up)))
            let high = min(source - 1, Int((centre + support - 0.5).rounded(.down)))
            let raw = (low...high).map { max(0, 1 - abs(Double($0) + 0.5 - centre) / support) }
            let sum = raw.reduce(0, +)
            first.append(low)
            count.append(raw.count)
            weights += raw.map { Float($0 / sum) }
        }
        self.first = first
        self.count = count
        self.weights = weights
        self.start = start
    }

    /// Both axes that bring a picture of `source` onto a sensor of `target` pixels.
    static func pair(
        source: (width: Int, height: Int), target: (width: Int, height: Int), fit: SceneOptions.Fit
    ) -> (x: ResamplingAxis, y: ResamplingAxis) {
        let stepX = Double(source.width) / Double(target.width)
        let stepY = Double(source.height) / Double(target.height)
        let step = fit == .cover ? min(stepX, stepY) : max(stepX, stepY)
        func axis(_ source: Int, _ target: Int) -> ResamplingAxis {
            ResamplingAxis(
                source: source, target: target, origin: (Double(source) - Double(target) * step) / 2, step: step)
        }
        return (axis(source.width, target.width), axis(source.height, target.height))
    }
}
