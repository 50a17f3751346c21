import CKernels
import Imaging

/// `Demosaic.cnn` layer after layer in the formulas of `ck_demosaic_cnn.h`, without vectors, rings or tiles.
struct NaiveLearnedInterpolation {
    private let samples: [[UInt16]]
    private let cfa: CFAPattern
    private let weights = ck_cnn_trained

    /// Channels by row and column of quads; both may lie outside the picture.
    private typealias Layer = (_ y: Int, _ x: Int) -> [Int]

    init(_ samples: [[UInt16]], cfa: CFAPattern) {
        self.samples = samples
        self.cfa = cfa
    }

    private static func reflected(_ index: Int, _ count: Int) -> Int {
        var index = index
        while index < 0 || index >= count { index = index < 0 ? -index : 2 * (count - 1) - index }
        return index
    }

    private func quad(_ y: Int, _ x: Int) -> [Int] {
        [(0, 0), (0, 1), (1, 0), (1, 1)].map { dy, dx in
            let row = Self.reflected(2 * y + cfa.redSite.row + dy, samples.count)
            return Int(samples[row][Self.reflected(2 * x + cfa.redSite.column + dx, samples[row].count)])
        }
    }

    /// 3×3 sums around a quad, weights by tap, input and output.
    private func sums<Weight: BinaryInteger>(
        _ layer: Layer, _ y: Int, _ x: Int, _ weights: UnsafePointer<Weight>?, outputs: Int
    ) -> [Int] {
        var sums = [Int](repeating: 0, count: outputs)
        guard let weights else { return sums }
        for tap in 0..<9 {
            let inputs = layer(y + tap / 3 - 1, x + tap % 3 - 1)
            for (input, value) in inputs.enumerated() {
                for output in 0..<outputs {
                    sums[output] += value * Int(weights[(tap * inputs.count + input) * outputs + output])
                }
            }
        }
        return sums
    }

    /// Every layer is made once, on as many quads around the picture as the next ones look at.
    private func made(height: Int, width: Int, reach: Int, _ value: (Int, Int) -> [Int]) -> Layer {
        let rows = (-reach..<height + reach).map { y in (-reach..<width + reach).map { value(y, $0) } }
        return { rows[$0 + reach][$1 + reach] }
    }

    /// Red, green and blue by row and column.
    func planes() -> [[[Int]]] {
        let (height, width) = (samples.count, samples[0].count)
        let (quadRows, quadColumns) = (height / 2 + 2, width / 2 + 2)
        let reach = Int(ck_cnn_reach) + 1
        let stored = made(height: quadRows, width: quadColumns, reach: reach, quad)
        var layer = made(height: quadRows, width: quadColumns, reach: reach) { y, x in
            stored(y, x).map { ($0 * 255 + 32895) >> 16 }
        }
        let layers = withUnsafeBytes(of: weights.layers) { Array($0.bindMemory(to: UnsafePointer<Int8>?.self)) }
        let biases = withUnsafeBytes(of: weights.biases) { Array($0.bindMemory(to: UnsafePointer<Int32>?.self)) }
        let scales = withUnsafeBytes(of: weights.scales) { Array($0.bindMemory(to: UnsafePointer<Float>?.self)) }
        for index in biases.indices {
            let input = layer
            layer = made(height: quadRows, width: quadColumns, reach: reach - index - 1) { y, x in
                let sums = sums(input, y, x, layers[index], outputs: 16)
                return sums.indices.map { channel in
                    let sum = Float(sums[channel] + Int(biases[index]?[channel] ?? 0)) * (scales[index]?[channel] ?? 0)
                    return Int(min(max(sum, 0), 255).rounded(.toNearestOrEven))
                }
            }
        }
        var planes = [[[Int]]](
            repeating: [[Int]](repeating: [Int](repeating: 0, count: width), count: height), count: 3)
        for y in -1..<quadRows - 1 {
            for x in -1..<quadColumns - 1 {
                let linear = sums(
                    { stored($0, $1).map { $0 - 32768 } }, y, x, weights.linear, outputs: 8)
                let corrections = sums(layer, y, x, layers[biases.count], outputs: 8)
                let missing = (0..<8).map { output in
                    let correction = Float(corrections[output]) * (scales[biases.count]?[output] ?? 0)
                    let sum = Float(linear[output]) * (1 / 8192) + correction + (weights.offsets?[output] ?? 0)
                    return Int(min(max(sum, 0), 65535).rounded(.toNearestOrEven))
                }
                let sampled = stored(y, x)
                let pixels = [
                    [sampled[0], missing[0], missing[1]], [missing[2], sampled[1], missing[3]],
                    [missing[4], sampled[2], missing[5]], [missing[6], missing[7], sampled[3]],
                ]
                for (index, pixel) in pixels.enumerated() {
                    let (row, column) = (2 * y + cfa.redSite.row + index / 2, 2 * x + cfa.redSite.column + index % 2)
                    guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
                    for color in 0..<3 { planes[color][row][column] = pixel[color] }
                }
            }
        }
        return planes
    }
}
