import ISP
import Imaging
import Tensors

/// Sums over frames of one sensor, as EMVA 1288 takes them: pairs of frames for what changes from frame to frame, stacks
/// of frames for what stays.
struct FrameMoments {
    /// Mean of both frames.
    var mean = 0.0
    /// Variance from frame to frame of a pixel in its row: half that of the difference, each row's own shift taken out.
    var temporalVariance = 0.0
    /// Variance from frame to frame of whole rows, likewise.
    var rowVariance = 0.0

    /// - Parameter mask: pixels to leave out, row by row.
    init(_ first: RawFrame, _ second: RawFrame, without mask: [Bool]? = nil) {
        let width = first.width
        let a = UnsafeMutablePointer<UInt16>.allocate(capacity: 2 * width)
        defer { a.deallocate() }
        let b = a + width
        var total = 0
        var sum = 0
        var squares = 0.0
        var freedom = 0
        var shifts: [Double] = []
        for row in 0..<first.height {
            first.unpackRow(row, into: a)
            second.unpackRow(row, into: b)
            var count = 0
            var difference = 0
            var square = 0
            for x in 0..<width where !(mask?[row * width + x] ?? false) {
                let d = Int(a[x]) - Int(b[x])
                sum += Int(a[x]) + Int(b[x])
                difference += d
                square += d * d
                count += 1
            }
            guard count > 1 else { continue }
            total += count
            squares += Double(square) - Double(difference * difference) / Double(count)
            freedom += count - 1
            shifts.append(Double(difference) / Double(count))
        }
        guard total > 0, shifts.count > 1 else { return }
        mean = Double(sum) / Double(2 * total)
        temporalVariance = squares / Double(freedom) / 2
        rowVariance = max(0, Self.variance(shifts) / 2 - temporalVariance / Double(width))
    }

    static func variance(_ values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, values.count - 1))
    }
}

/// The mean of each pixel over many frames.
struct FrameStack {
    let width: Int
    let height: Int
    private(set) var frames = 0
    private var sums: [UInt32]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        sums = [UInt32](repeating: 0, count: width * height)
    }

    /// Adds a frame; at most 65,536 fit.
    mutating func add(_ frame: RawFrame) {
        let row = UnsafeMutablePointer<UInt16>.allocate(capacity: width)
        defer { row.deallocate() }
        sums.withUnsafeMutableBufferPointer { sums in
            for y in 0..<height {
                frame.unpackRow(y, into: row)
                for x in 0..<width { sums[y * width + x] &+= UInt32(row[x]) }
            }
        }
        frames += 1
    }

    func value(_ pixel: Int) -> Double { Double(sums[pixel]) / Double(frames) }

    var count: Int { sums.count }

    /// Pixels further than five deviations from the mean, where the deviation is that of the others.
    func outliers() -> [Bool] {
        var range = -Double.infinity...Double.infinity
        for _ in 0..<6 {
            var sum = 0.0
            var square = 0.0
            var inside = 0
            for pixel in 0..<count {
                let value = value(pixel)
                guard range.contains(value) else { continue }
                sum += value
                square += value * value
                inside += 1
            }
            guard inside > 1 else { break }
            let mean = sum / Double(inside)
            // Averages of whole numbers can agree to the last bit: the step of the average bounds the deviation.
            let deviation = max((max(0, square / Double(inside) - mean * mean)).squareRoot(), 1 / Double(frames))
            range = mean - 5 * deviation...mean + 5 * deviation
        }
        return (0..<count).map { !range.contains(value($0)) }
    }

    /// Mean, variance within columns and variance of column means, masked pixels left out.
    func spatial(without mask: [Bool]) -> (mean: Double, pixelVariance: Double, columnVariance: Double) {
        var sums = [Double](repeating: 0, count: width)
        var squares = [Double](repeating: 0, count: width)
        var counts = [Double](repeating: 0, count: width)
        for pixel in 0..<count where !mask[pixel] {
            let value = value(pixel)
            let column = pixel % width
            sums[column] += value
            squares[column] += value * value
            counts[column] += 1
        }
        let used = (0..<width).filter { counts[$0] > 1 }
        let within = used.reduce(0.0) { $0 + squares[$1] - sums[$1] * sums[$1] / counts[$1] }
        let freedom = used.reduce(0.0) { $0 + counts[$1] - 1 }
        let pixelVariance = within / max(1, freedom)
        let means = used.map { sums[$0] / counts[$0] }
        let mean = used.reduce(0.0) { $0 + sums[$1] } / max(1, used.reduce(0.0) { $0 + counts[$1] })
        return (mean, pixelVariance, max(0, FrameMoments.variance(means) - pixelVariance / Double(height)))
    }
}
