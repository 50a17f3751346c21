internal import CKernels
internal import Imaging
internal import Tensors

/// Develops consecutive rows of a chain on one thread, in scratch memory of its own: a ring of linearised rows with
/// mirrored borders, and three planes.
final class DevelopBand {
    private typealias Row = UnsafeMutablePointer<UInt16>

    private let chain: DevelopChain
    private let scratch: ByteStorage
    private let raw: Row
    /// Eight rows, as many as the demosaic that looks furthest ahead needs; row y of the mosaic lies in slot y mod 8.
    private let ring: [Row]
    private let planes: (red: Row, green: Row, blue: Row)
    /// Rows at work of ``Demosaic/led``.
    private let edgeSensing: EdgeSensing?
    /// The strip at work of ``Demosaic/mlri``.
    private let residuals: ResidualInterpolation?
    /// The network's rows at work of ``Demosaic/cnn``.
    private let learned: LearnedInterpolation?
    /// Rows of the mosaic, possibly outside it, below which the ring is filled; `nil` before the first row.
    private var filledEnd: Int?

    /// Samples on either side of a row: the mirrored border, and room for kernels that work on whole vectors.
    private static let margin = 64
    /// Samples that a demosaic reads beyond the row on either side, at most.
    private static let border = 8

    init(chain: DevelopChain) {
        self.chain = chain
        let pitch = (chain.frame.width + 63) / 64 * 64 + 2 * Self.margin
        scratch = ByteStorage(byteCount: 12 * pitch * 2)
        let base = scratch.base.assumingMemoryBound(to: UInt16.self) + Self.margin
        ring = (0..<8).map { base + $0 * pitch }
        raw = base + 8 * pitch
        planes = (base + 9 * pitch, base + 10 * pitch, base + 11 * pitch)
        if let cfa = chain.cfa, chain.demosaic == .led {
            edgeSensing = EdgeSensing(width: chain.frame.width, phase: Site(row: 0, cfa: cfa).phase)
        } else {
            edgeSensing = nil
        }
        residuals = chain.cfa != nil && chain.demosaic == .mlri ? ResidualInterpolation(width: chain.frame.width) : nil
        if let cfa = chain.cfa, chain.demosaic == .cnn {
            learned = LearnedInterpolation(width: chain.frame.width, cfa: cfa)
        } else {
            learned = nil
        }
    }

    /// Develops row `y` of the picture before it is turned upright. Rows are asked for in rising order without gaps.
    func developRow(_ y: Int, into target: UnsafeMutableRawPointer) {
        switch (chain.cfa, chain.demosaic) {
        case (let cfa?, .bilinear) where chain.keepsSamples: interpolateStoredRow(y, cfa: cfa, into: target)
        case (nil, .half): binRow(y, into: target)
        case (nil, _): copyRow(y, into: target)
        case (let cfa?, .half): halveRow(y, cfa: cfa, into: target)
        case (let cfa?, .mlri): takeRow(y, cfa: cfa, into: target)
        case (_?, .cnn): learnRow(y, into: target)
        case (_?, .demosaicnet):
            chain.interpolated?.copyRow(y, red: planes.red, green: planes.green, blue: planes.blue)
            chain.finishRow(red: planes.red, green: planes.green, blue: planes.blue, into: target)
        case (let cfa?, .bilinear), (let cfa?, .mhc), (let cfa?, .led): interpolateRow(y, cfa: cfa, into: target)
        }
    }

    private func copyRow(_ y: Int, into target: UnsafeMutableRawPointer) {
        let row = planes.green
        chain.linearizeRow(y, raw: raw, into: row)
        chain.finishRow(red: row, green: row, blue: row, into: target)
    }

    private func binRow(_ y: Int, into target: UnsafeMutableRawPointer) {
        chain.linearizeRow(2 * y, raw: raw, into: ring[0])
        chain.linearizeRow(2 * y + 1, raw: raw, into: ring[1])
        let row = planes.green
        ck_u16_bin(ring[0], ring[1], chain.width, row)
        chain.finishRow(red: row, green: row, blue: row, into: target)
    }

    private func halveRow(_ y: Int, cfa: CFAPattern, into target: UnsafeMutableRawPointer) {
        chain.linearizeRow(2 * y, raw: raw, into: ring[0])
        chain.linearizeRow(2 * y + 1, raw: raw, into: ring[1])
        let site = Site(row: 0, cfa: cfa)
        let (own, other) = site.isRed ? (planes.red, planes.blue) : (planes.blue, planes.red)
        ck_u16_demosaic_half(ring[0], ring[1], chain.width, site.phase, own, planes.green, other)
        chain.finishRow(red: planes.red, green: planes.green, blue: planes.blue, into: target)
    }

    private func interpolateRow(_ y: Int, cfa: CFAPattern, into target: UnsafeMutableRawPointer) {
        let reach = chain.demosaic.reach
        for row in (filledEnd ?? y - reach)..<(y + reach + 1) {
            fillRing(row)
            edgeSensing?.take(row, from: ring[row & 7])
        }
        filledEnd = y + reach + 1
        func row(_ offset: Int) -> UnsafePointer<UInt16>? { UnsafePointer(ring[(y + offset) & 7]) }
        let site = Site(row: y, cfa: cfa)
        let (own, other) = site.isRed ? (planes.red, planes.blue) : (planes.blue, planes.red)
        if let edgeSensing {
            edgeSensing.finish(y, sampled: ring[y & 7], own: own, green: planes.green, other: other)
        } else if chain.demosaic == .mhc {
            var rows = (row(-2), row(-1), row(0), row(1), row(2))
            withUnsafeBytes(of: &rows) {
                ck_u16_demosaic_mhc(
                    $0.assumingMemoryBound(to: UnsafePointer<UInt16>?.self).baseAddress, chain.width, site.phase, own,
                    planes.green, other)
            }
        } else {
            var rows = (row(-1), row(0), row(1))
            withUnsafeBytes(of: &rows) {
                ck_u16_demosaic_bilinear(
                    $0.assumingMemoryBound(to: UnsafePointer<UInt16>?.self).baseAddress, chain.width, site.phase, own,
                    planes.green, other)
            }
        }
        chain.finishRow(red: planes.red, green: planes.green, blue: planes.blue, into: target)
    }

    /// Stored samples straight to pixels, nothing in between.
    private func interpolateStoredRow(_ y: Int, cfa: CFAPattern, into target: UnsafeMutableRawPointer) {
        let (frame, site) = (chain.frame, Site(row: y, cfa: cfa))
        func row(_ offset: Int) -> UnsafePointer<UInt8>? {
            frame.rowBytes(Self.mirrored(y + offset, count: frame.height))
        }
        var rows = (row(-1), row(0), row(1))
        withUnsafeBytes(of: &rows) { rows in
            if chain.format == .rgb8 {
                ck_u8_bilinear_rgb8(
                    rows.assumingMemoryBound(to: UnsafePointer<UInt8>?.self).baseAddress, frame.width, site.phase,
                    site.isRed ? 1 : 0, target.assumingMemoryBound(to: UInt8.self))
            } else {
                ck_u16_bilinear_rgb16(
                    rows.assumingMemoryBound(to: UnsafePointer<UInt16>?.self).baseAddress, frame.width, site.phase,
                    site.isRed ? 1 : 0, target.assumingMemoryBound(to: UInt16.self))
            }
        }
    }

    /// A row of the strip that ``ResidualInterpolation`` makes as a whole.
    private func takeRow(_ y: Int, cfa: CFAPattern, into target: UnsafeMutableRawPointer) {
        guard let residuals else { return }
        if !residuals.strip.contains(y) {
            residuals.develop(y..<min(y + ResidualInterpolation.stripHeight, chain.height), cfa: cfa) { y, row in
                linearize(y, into: row, border: ResidualInterpolation.border)
            }
        }
        let rows = residuals.row(y)
        chain.finishRow(red: rows.red, green: rows.green, blue: rows.blue, into: target)
    }

    private func learnRow(_ y: Int, into target: UnsafeMutableRawPointer) {
        guard let learned else { return }
        let rows = learned.row(y) { y, row in linearize(y, into: row, border: LearnedInterpolation.border) }
        guard let red = rows.red, let green = rows.green, let blue = rows.blue else { return }
        chain.finishRow(red: red, green: green, blue: blue, into: target)
    }

    /// Writes row `y` of the mosaic as it is interpolated, and one mirrored sample at either end.
    func linearizeRow(_ y: Int, into row: UnsafeMutablePointer<UInt16>) { linearize(y, into: row, border: 1) }

    private func fillRing(_ y: Int) { linearize(y, into: ring[y & 7], border: Self.border) }

    /// Linearises row `y`, mirrored into the mosaic, and mirrors `border` samples at its ends.
    private func linearize(_ y: Int, into row: Row, border: Int) {
        let width = chain.frame.width
        chain.linearizeRow(Self.mirrored(y, count: chain.frame.height), raw: raw, into: row)
        for step in 1...border {
            row[-step] = row[Self.mirrored(-step, count: width)]
            row[width - 1 + step] = row[Self.mirrored(width - 1 + step, count: width)]
        }
    }

    /// Reflects an index at the first and the last of `count` ≥ 2 without repeating them. The distance is even, so that
    /// the colour of the site stays.
    static func mirrored(_ index: Int, count: Int) -> Int {
        let period = 2 * (count - 1)
        let folded = ((index % period) + period) % period
        return min(folded, period - folded)
    }

    /// The red or blue samples of a row.
    private struct Site {
        var isRed: Bool
        /// Parity of their columns.
        var phase: UInt32

        init(row: Int, cfa: CFAPattern) {
            let red = cfa.redSite
            isRed = row & 1 == red.row
            phase = UInt32(isRed ? red.column : 1 - red.column)
        }
    }
}
