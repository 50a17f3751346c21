internal import Imaging
internal import Tensors

/// A small 8-bit picture of a raw frame, gathered row by row while the samples pass: block averages of each colour,
/// white-balanced, with a square-root tone curve. Stored the way the frame is: not upright.
struct RawThumbnail {
    private static let maximumExtent = 256

    let width: Int
    let height: Int
    /// 3 for a mosaic, 1 for monochrome.
    let channels: Int
    private let format: PixelFormat
    private let frameHeight: Int
    /// The thumbnail's column of each column of the frame.
    private let columns: [Int]
    private var sums: [UInt64]
    private var counts: [UInt32]

    init(of frame: RawFrame) {
        // A block holds a mosaic's whole pattern, so that it has every colour.
        let pattern = frame.pixelFormat.arrangement == .bayer ? 2 : 4
        let reduction = max(pattern, (max(frame.width, frame.height) + Self.maximumExtent - 1) / Self.maximumExtent)
        let width = max(1, frame.width / reduction)
        height = max(1, frame.height / reduction)
        self.width = width
        format = frame.pixelFormat
        channels = format.cfa == nil ? 1 : 3
        frameHeight = frame.height
        columns = (0..<frame.width).map { $0 * width / frame.width }
        sums = [UInt64](repeating: 0, count: width * height * channels)
        counts = [UInt32](repeating: 0, count: width * height * channels)
    }

    mutating func add(_ samples: UnsafeBufferPointer<UInt16>, row: Int) {
        let start = row * height / frameHeight * width
        // Infrared is left out.
        let colors = (0..<4).map { format.color(row: row & 3, column: $0) ?? .red }
        for x in samples.indices {
            guard colors[x & 3] != .infrared else { continue }
            let cell = (start + columns[x]) * channels + colors[x & 3].rawValue
            sums[cell] += UInt64(samples[x])
            counts[cell] += 1
        }
    }

    /// The finished pixels, interleaved.
    func pixels(of frame: RawFrame) -> [UInt8] {
        var black = [Double](repeating: 0, count: channels)
        var sites = black
        for site in 0..<4 {
            let channel = format.cfa?.color(row: site / 2, column: site % 2).rawValue ?? 0
            black[channel] += frame.blackLevel[site]
            sites[channel] += 1
        }
        let gains = frame.whiteBalanceGains ?? SIMD3(1, 1, 1)
        return sums.indices.map { cell in
            let channel = cell % channels
            let darkness = black[channel] / sites[channel]
            let mean = Double(sums[cell]) / Double(max(1, counts[cell]))
            let light = (mean - darkness) / (frame.whiteLevel - darkness) * (channels == 3 ? gains[channel] : 1)
            return UInt8((min(max(light, 0), 1).squareRoot() * 255).rounded())
        }
    }
}
