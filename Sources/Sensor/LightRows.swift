import Imaging

/// Rows of a picture as linear light at the sensor's resolution, made one after another from the top of a band.
///
/// Source rows are brought to the sensor's width once and kept as long as the rows to come may need them.
final class LightRows {
    private let picture: Picture
    private let light: [Float]
    private let x: ResamplingAxis
    private let y: ResamplingAxis
    private let width: Int
    private var source: [Float]
    /// Source rows at the sensor's width, row `r` in slot `r % slots.count`.
    private var slots: [[Float]]
    private var held: [Int]

    init(_ picture: Picture, light: [Float], x: ResamplingAxis, y: ResamplingAxis) {
        self.picture = picture
        self.light = light
        self.x = x
        self.y = y
        width = x.first.count
        source = [Float](repeating: 0, count: 3 * picture.width)
        let depth = max(1, y.count.max() ?? 1)
        slots = [[Float]](repeating: [Float](repeating: 0, count: 3 * x.first.count), count: depth)
        held = [Int](repeating: -1, count: depth)
    }

    /// Writes the red, green and blue light of target row `row`, interleaved, over `target`.
    func fill(_ target: inout [Float], row: Int) {
        for index in target.indices { target[index] = 0 }
        for tap in 0..<y.count[row] {
            let sourceRow = y.first[row] + tap
            let slot = sourceRow % slots.count
            if held[slot] != sourceRow {
                linearise(sourceRow)
                narrow(into: slot)
                held[slot] = sourceRow
            }
            let weight = y.weights[y.start[row] + tap]
            slots[slot].withUnsafeBufferPointer { values in
                target.withUnsafeMutableBufferPointer { target in
                    for index in 0..<target.count { target[index] += weight * values[index] }
                }
            }
        }
    }

    private func linearise(_ row: Int) {
        let bytes = UnsafeRawPointer(picture.row(row))
        let count = picture.width * picture.format.channels
        source.withUnsafeMutableBufferPointer { source in
            light.withUnsafeBufferPointer { light in
                switch picture.format {
                case .rgb8: for i in 0..<count { source[i] = light[Int(bytes.load(fromByteOffset: i, as: UInt8.self))] }
                case .rgb16:
                    for i in 0..<count {
                        source[i] = light[Int(bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))]
                    }
                case .gray8, .gray16:
                    for i in 0..<count {
                        let sample =
                            picture.format == .gray8
                            ? Int(bytes.load(fromByteOffset: i, as: UInt8.self))
                            : Int(bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
                        for channel in 0..<3 { source[3 * i + channel] = light[sample] }
                    }
                }
            }
        }
    }

    private func narrow(into slot: Int) {
        slots[slot].withUnsafeMutableBufferPointer { target in
            source.withUnsafeBufferPointer { source in
                x.weights.withUnsafeBufferPointer { weights in
                    for column in 0..<width {
                        var red: Float = 0
                        var green: Float = 0
                        var blue: Float = 0
                        let first = x.first[column]
                        let start = x.start[column]
                        for tap in 0..<x.count[column] {
                            let weight = weights[start + tap]
                            let pixel = 3 * (first + tap)
                            red += weight * source[pixel]
                            green += weight * source[pixel + 1]
                            blue += weight * source[pixel + 2]
                        }
                        target[3 * column] = red
                        target[3 * column + 1] = green
                        target[3 * column + 2] = blue
                    }
                }
            }
        }
    }
}
