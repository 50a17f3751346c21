internal import ISP
package import Imaging
internal import Tensors

/// Means and temporal noise of the four sites of the 2×2 block in reading order, from two frames taken alike.
///
/// What is fixed in place, patterns and uneven light, cancels in the difference: the variance of a sample over time is half the
/// difference's (EMVA 1288, release 4.0, section 6.6).
package struct SiteStatistics: Sendable, Equatable {
    /// In sample values.
    package var means: [Double]
    /// In squared sample values.
    package var variances: [Double]
    /// How much brighter the first frame is than the second, sample values.
    package var differences: [Double]
    /// The largest sample of both frames.
    package var largest: Int

    /// Looks at the part of the frames from `inset` of their width and height on each side, 0…0.49.
    ///
    /// - Throws: ``CalibrationError/mismatch(detail:)``.
    package init(_ first: RawFrame, _ second: RawFrame, inset: Double = 0) throws(CalibrationError) {
        try FrameKind(first).check(second)
        precondition((0...0.49).contains(inset))
        let top = Int(inset * Double(first.height)) & ~1
        let left = Int(inset * Double(first.width)) & ~1
        let rows = (first.height - 2 * top) & ~1
        let columns = (first.width - 2 * left) & ~1
        let storage = ByteStorage(byteCount: 4 * first.width)
        let a = storage.base.assumingMemoryBound(to: UInt16.self)
        let b = a + first.width
        var sums = [Int](repeating: 0, count: 4)
        var differences = [Int](repeating: 0, count: 4)
        var squares = [Int](repeating: 0, count: 4)
        var largest = 0
        for y in top..<top + rows {
            first.unpackRow(y, into: a)
            second.unpackRow(y, into: b)
            for x in left..<left + columns {
                let site = 2 * (y & 1) + (x & 1)
                let (p, q) = (Int(a[x]), Int(b[x]))
                sums[site] += p + q
                differences[site] += p - q
                squares[site] += (p - q) * (p - q)
                largest = max(largest, p, q)
            }
        }
        let count = Double(rows / 2 * (columns / 2))
        self.largest = largest
        means = sums.map { Double($0) / (2 * count) }
        self.differences = differences.map { Double($0) / count }
        variances = (0..<4).map { site in
            let mean = Double(differences[site]) / count
            return max(0, Double(squares[site]) / count - mean * mean) / 2
        }
    }
}

/// What frames of one calibration have in common.
struct FrameKind: Equatable {
    let width: Int
    let height: Int
    let cfa: CFAPattern?
    let bitDepth: Int

    init(_ frame: RawFrame) {
        width = frame.width
        height = frame.height
        cfa = frame.pixelFormat.cfa
        bitDepth = frame.pixelFormat.bitDepth
    }

    func check(_ frame: RawFrame) throws(CalibrationError) {
        let other = FrameKind(frame)
        guard self == other else { throw .mismatch(detail: "frames differ: \(self) and \(other)") }
    }
}

extension FrameKind: CustomStringConvertible {
    var description: String { "\(width)×\(height) \(cfa?.rawValue ?? "mono") of \(bitDepth) bits" }
}
