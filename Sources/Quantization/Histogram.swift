internal import Tensors

/// How often the numbers of an activation fall into each of equally wide bins.
package struct Histogram: Sendable {
    package static let binCount = 2048

    package let low: Float
    package let high: Float
    package private(set) var counts = [Int](repeating: 0, count: binCount)
    package var binWidth: Float { (high - low) / Float(Self.binCount) }

    /// - Parameters:
    ///   - low: least number to come.
    ///   - high: greatest number to come, at least `low`.
    package init(low: Float, high: Float) {
        self.low = low
        self.high = high
    }

    package mutating func add(_ numbers: UnsafeBufferPointer<Float>) {
        guard high > low else {
            counts[0] += numbers.count
            return
        }
        let factor = Float(Self.binCount) / (high - low)
        let last = Float(Self.binCount - 1)
        counts.withUnsafeMutableBufferPointer { counts in
            for number in numbers { counts[Int(min(max((number - low) * factor, 0), last))] += 1 }
        }
    }

    /// The middle of a bin.
    package func center(_ bin: Int) -> Float { low + (Float(bin) + 0.5) * binWidth }

    package var total: Int { counts.reduce(0, +) }
}
