internal import CKernels
internal import Imaging
internal import Tensors

/// Develops consecutive rows of a chain on one thread, in scratch memory of its own: a ring of linearised rows with
/// mirrored borders, and three planes.
final class DevelopBand {
    private typealias Row = UnsafeMutablePointer<UInt16>

    private let chain: DevelopChain
    private let mosaicWidth: Int
    private let mosaicHeight: Int
    private let scratch: ByteStorage
    private let raw: Row
    /// Eight rows, as many as the demosaic that looks furthest ahead needs; row y of the mosaic lies in slot y mod 8.
    private let ring: [Row]
    private let planes: Planes
    /// The mosaic without its defects and noise, where that is asked for.
    private let cleaned: MosaicRows?
    private let sharpening: SharpeningRows?
    private let timer: StageTimer?
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

    init(chain: DevelopChain, timer: StageTimer? = nil) {
        self.chain = chain
        (mosaicWidth, mosaicHeight) = (chain.frame.width, chain.frame.height)
        self.timer = timer
        let pitch = (chain.frame.width + 63) / 64 * 64 + 2 * Self.margin
        scratch = ByteStorage(byteCount: 12 * pitch * 2)
        let base = scratch.base.assumingMemoryBound(to: UInt16.self) + Self.margin
        ring = (0..<8).map { base + $0 * pitch }
        raw = base + 8 * pitch
        planes = Planes(red: base + 9 * pitch, green: base + 10 * pitch, blue: base + 11 * pitch)
        cleaned = chain.cleaning.map { MosaicRows(frame: chain.frame, cleaning: $0) }
        sharpening = chain.sharpening.map { SharpeningRows($0, width: chain.width, height: chain.height) }
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

    /// Develops row `y` of the picture before it is turned upright. Rows are asked for in rising order.
    func developRow(_ y: Int, into target: UnsafeMutableRawPointer) {
        timer?.start()
        if let cfa = chain.cfa, chain.demosaic == .bilinear, chain.keepsSamples {
            interpolateStoredRow(y, cfa: cfa, into: target)
            timer?.lap(.demosaic)
            return
        }
        var planes = self.planes
        if let sharpening {
            for row
                in (sharpening.next ?? max(0, y - SharpeningRows.reach))..<min(
                    chain.height, y + SharpeningRows.reach + 1)
            {
                sharpening.take(row, coloredRow(row))
                timer?.lap(.sharpen)
            }
            sharpening.finish(y, into: planes)
            timer?.lap(.sharpen)
        } else {
            planes = coloredRow(y)
        }
        chain.toneRow(planes, into: target)
        timer?.lap(.tone)
    }

    /// Row `y` of the three planes after the colour matrix; the next row overwrites them.
    private func coloredRow(_ y: Int) -> Planes {
        let planes = interpolatedRow(y)
        timer?.lap(.demosaic)
        chain.colorRow(planes)
        timer?.lap(.color)
        return planes
    }

    private func interpolatedRow(_ y: Int) -> Planes {
        switch (chain.cfa, chain.demosaic) {
        case (nil, .half): return binnedRow(y)
        case (nil, _):
            linearize(y, into: planes.green)
            return Planes(gray: planes.green)
        case (let cfa?, .half): return halvedRow(y, cfa: cfa)
        case (let cfa?, .mlri): return residualRow(y, cfa: cfa)
        case (_?, .cnn):
            guard let learned else { return planes }
            return learned.row(y) { y, row in linearize(y, into: row, border: LearnedInterpolation.border) }
        case (_?, .demosaicnet):
            chain.interpolated?.copyRow(y, into: planes)
            return planes
        case (let cfa?, .bilinear), (let cfa?, .mhc), (let cfa?, .led): return nearRow(y, cfa: cfa)
        }
    }

    private func binnedRow(_ y: Int) -> Planes {
        linearize(2 * y, into: ring[0])
        linearize(2 * y + 1, into: ring[1])
        ck_u16_bin(ring[0], ring[1], chain.width, planes.green)
        return Planes(gray: planes.green)
    }

    private func halvedRow(_ y: Int, cfa: CFAPattern) -> Planes {
        linearize(2 * y, into: ring[0])
        linearize(2 * y + 1, into: ring[1])
        let site = Site(row: 0, cfa: cfa)
        let (own, other) = site.isRed ? (planes.red, planes.blue) : (planes.blue, planes.red)
        ck_u16_demosaic_half(ring[0], ring[1], chain.width, site.phase, own, planes.green, other)
        return planes
    }

    /// By the demosaics that look at a few rows around.
    private func nearRow(_ y: Int, cfa: CFAPattern) -> Planes {
        let reach = chain.demosaic.reach
        for row in (filledEnd ?? y - reach)..<(y + reach + 1) {
            linearize(row, into: ring[row & 7], border: Self.border)
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
        return planes
    }

    /// Stored samples straight to pixels, nothing in between.
    private func interpolateStoredRow(_ y: Int, cfa: CFAPattern, into target: UnsafeMutableRawPointer) {
        let (frame, site) = (chain.frame, Site(row: y, cfa: cfa))
        func row(_ offset: Int) -> UnsafePointer<UInt8>? {
            frame.rowBytes(mirrored(y + offset, frame.height))
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
    private func residualRow(_ y: Int, cfa: CFAPattern) -> Planes {
        guard let residuals else { return planes }
        if !residuals.strip.contains(y) {
            residuals.develop(y..<min(y + ResidualInterpolation.stripHeight, chain.height), cfa: cfa) { y, row in
                linearize(y, into: row, border: ResidualInterpolation.border)
            }
        }
        return residuals.row(y)
    }

    /// Writes row `y` of the mosaic as it is interpolated, and one mirrored sample at either end.
    func linearizeRow(_ y: Int, into row: UnsafeMutablePointer<UInt16>) { linearize(y, into: row, border: 1) }

    /// Linearises row `y`, mirrored into the mosaic, and mirrors `border` samples at its ends.
    private func linearize(_ y: Int, into row: Row, border: Int) {
        linearize(mirrored(y, mosaicHeight), into: row)
        mirrorEnds(of: row, width: mosaicWidth, border: border, mirrored)
    }

    private func linearize(_ y: Int, into row: Row) {
        // Up to here it was the demosaic's work.
        timer?.lap(.demosaic)
        if let cleaned {
            let samples = cleaned.row(y)
            timer?.lap(.clean)
            chain.linearizeRow(y, samples, into: row)
        } else {
            chain.unpackRow(y, into: raw)
            timer?.lap(.unpack)
            chain.linearizeRow(y, raw, into: row)
        }
        timer?.lap(.linearize)
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
