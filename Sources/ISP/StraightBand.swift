internal import CKernels
internal import Imaging
internal import Tensors

/// Develops consecutive rows of a chain on one thread and straightens what the lens bent, if the chain is told how: rows of the bent
/// picture are developed as those of the straight one ask for them.
final class StraightBand {
    private let band: DevelopBand
    private let warp: ck_warp?
    private let ring: ByteStorage
    private let rows: [UnsafePointer<UInt8>?]
    private let rowStride: Int
    /// The next row of the bent picture to be developed; `nil` before the first.
    private var next: Int?

    init(chain: DevelopChain, timer: StageTimer? = nil) {
        band = DevelopBand(chain: chain, timer: timer)
        warp = chain.warp
        rowStride = (chain.width * chain.format.bytesPerPixel + 127) / 64 * 64
        let count = chain.warp.map { Self.rowCount($0) } ?? 0
        let ring = ByteStorage(byteCount: rowStride * count)
        let stride = rowStride
        rows = (0..<count).map { UnsafePointer((ring.base + $0 * stride).assumingMemoryBound(to: UInt8.self)) }
        self.ring = ring
    }

    /// Rows that must be held: from the least that a row or one after it takes from, to the last that any before it took from.
    private static func rowCount(_ warp: ck_warp) -> Int {
        withUnsafePointer(to: warp) { pointer in
            var spans: [(first: Int32, last: Int32)] = []
            for y in 0..<warp.height {
                var span: (first: Int32, last: Int32) = (0, 0)
                ck_warp_span(pointer, y, &span.first, &span.last)
                spans.append(span)
            }
            var firsts = spans.map(\.first)
            for y in firsts.indices.dropLast().reversed() { firsts[y] = min(firsts[y], firsts[y + 1]) }
            var (count, last): (Int32, Int32) = (1, 0)
            for y in spans.indices {
                last = max(last, spans[y].last)
                count = max(count, last - firsts[y] + 1)
            }
            return Int(count)
        }
    }

    /// Develops row `y` of the picture before it is turned upright. Rows are asked for in rising order.
    func developRow(_ y: Int, into target: UnsafeMutableRawPointer) {
        guard let warp else { return band.developRow(y, into: target) }
        withUnsafePointer(to: warp) { warp in
            var (first, last): (Int32, Int32) = (0, 0)
            ck_warp_span(warp, Int32(y), &first, &last)
            for row in (next ?? self.first(from: y))..<max(next ?? 0, Int(last) + 1) {
                band.developRow(row, into: ring.base + row % rows.count * rowStride)
                next = row + 1
            }
            rows.withUnsafeBufferPointer {
                ck_warp_row(
                    warp, Int32(y), first, last, $0.baseAddress, Int32(rows.count),
                    target.assumingMemoryBound(to: UInt8.self))
            }
        }
    }

    /// The least row that row `y` or one after it takes from.
    private func first(from y: Int) -> Int {
        guard let warp else { return y }
        return withUnsafePointer(to: warp) { warp in
            var least = warp.pointee.height
            for row in Int32(y)..<warp.pointee.height {
                var (first, last): (Int32, Int32) = (0, 0)
                ck_warp_span(warp, row, &first, &last)
                least = min(least, first)
            }
            return Int(least)
        }
    }
}

extension DevelopChain {
    /// The kernel's form of a warp, for a picture that is `divisor` times smaller than the mosaic.
    static func warp(
        _ warp: LensWarp?, width: Int, height: Int, divisor: Int, format: Picture.Format
    ) -> ck_warp? {
        guard let warp else { return nil }
        var kernel = ck_warp()
        // The middle of a pixel that stands for two samples lies between them.
        let shift = divisor == 2 ? 0.5 : 0
        kernel.center_x = (warp.centerX - shift) / Double(divisor)
        kernel.center_y = (warp.centerY - shift) / Double(divisor)
        kernel.radius = warp.radius / Double(divisor)
        let planes = warp.planes.map { plane in
            let (k, t) = (plane.radial, plane.tangential)
            return ck_warp_plane(radial: (k.x, k.y, k.z, k.w), tangential: (t.x, t.y))
        }
        // A monochrome picture takes the middle plane, green's.
        let isSingle = planes.count == 1 || format.channels == 1
        let middle = planes[planes.count / 2]
        kernel.planes = isSingle ? (middle, middle, middle) : (planes[0], planes[1], planes[2])
        kernel.plane_count = isSingle ? 1 : 3
        (kernel.width, kernel.height) = (Int32(width), Int32(height))
        kernel.channels = Int32(format.channels)
        kernel.sample_bytes = Int32(format.bytesPerSample)
        return kernel
    }
}
