internal import CKernels
internal import Imaging
internal import Tensors

/// The rows of a frame's mosaic after ``MosaicCleaning``, made as they are asked for, on one thread: what a stage needs of the rows
/// around comes out of a ring of the last ones, and is made again where it has left the ring.
final class MosaicRows {
    private typealias Row = UnsafeMutablePointer<UInt16>
    private typealias RowPointers = UnsafeMutablePointer<UnsafePointer<UInt16>?>

    /// Rows that a stage has made: row y in slot y mod 16.
    private struct Ring {
        static let count = 16

        let base: Row
        let pitch: Int
        var held = [Int](repeating: -1, count: count)

        /// The slot of row `y`, and whether the row is there already; the caller makes it where it is not.
        mutating func slot(_ y: Int) -> (row: Row, isThere: Bool) {
            let index = y % Self.count
            let isThere = held[index] == y
            held[index] = y
            return (base + index * pitch, isThere)
        }
    }

    private let frame: RawFrame
    private let cleaning: MosaicCleaning
    private let storage: ByteStorage
    private var stored: Ring
    private var listed: Ring
    private var repaired: Ring
    private var stabilized: Ring
    private let denoised: Row
    /// The rows around the one that is repaired, and around the one that is denoised.
    private let near: RowPointers
    private let around: RowPointers
    /// Defects that were found and replaced, in rows made more than once each time.
    private(set) var defectCount = 0

    /// Samples on either side of a row: the mirrored border, and room for kernels that work on whole vectors.
    private static let margin = 64
    private static let reach = Int(CK_DENOISE_REACH)

    init(frame: RawFrame, cleaning: MosaicCleaning) {
        self.frame = frame
        self.cleaning = cleaning
        let pitch = (frame.width + 63) / 64 * 64 + 2 * Self.margin
        storage = ByteStorage(byteCount: (4 * Ring.count + 1) * pitch * 2)
        let base = storage.base.assumingMemoryBound(to: UInt16.self) + Self.margin
        func ring(_ index: Int) -> Ring { Ring(base: base + index * Ring.count * pitch, pitch: pitch) }
        (stored, listed, repaired, stabilized) = (ring(0), ring(1), ring(2), ring(3))
        denoised = base + 4 * Ring.count * pitch
        near = .allocate(capacity: 5)
        near.initialize(repeating: nil, count: 5)
        around = .allocate(capacity: 2 * Self.reach + 1)
        around.initialize(repeating: nil, count: 2 * Self.reach + 1)
    }

    deinit {
        near.deallocate()
        around.deallocate()
    }

    /// Row `y` of the frame, its samples times two to ``MosaicCleaning/fractionBits``; valid until the next one is asked for.
    func row(_ y: Int) -> UnsafePointer<UInt16> {
        guard let noise = cleaning.noise else { return UnsafePointer(repairedRow(y)) }
        gather(around, y, reach: Self.reach, mirrored) { stabilizedRow($0, noise) }
        withUnsafePointer(to: y & 1 == 0 ? noise.denoising.even : noise.denoising.odd) {
            ck_u16_denoise(around, frame.width, $0, denoised)
        }
        return UnsafePointer(denoised)
    }

    /// Points at the rows within `reach` of row `y`; `reflect` says which row stands for one beyond the frame.
    private func gather(
        _ pointers: RowPointers, _ y: Int, reach: Int, _ reflect: (_ index: Int, _ count: Int) -> Int,
        _ row: (Int) -> Row
    ) {
        for offset in -reach...reach {
            pointers[offset + reach] = UnsafePointer(row(reflect(y + offset, frame.height)))
        }
    }

    private func stabilizedRow(_ y: Int, _ noise: MosaicCleaning.Noise) -> Row {
        let (row, isThere) = stabilized.slot(y)
        if isThere { return row }
        let samples = repairedRow(y)
        withUnsafePointer(to: y & 1 == 0 ? noise.stabilization.even : noise.stabilization.odd) {
            ck_u16_stabilize(samples, frame.width, $0, row)
        }
        mirrorEnds(of: row, width: frame.width, border: Self.reach, mirrored)
        return row
    }

    private func repairedRow(_ y: Int) -> Row {
        guard let defects = cleaning.defects else { return listedRow(y) }
        let (row, isThere) = repaired.slot(y)
        if isThere { return row }
        gather(near, y, reach: 2, mirroredApart) { listedRow($0) }
        withUnsafePointer(to: y & 1 == 0 ? defects.even : defects.odd) {
            defectCount += ck_u16_defects(near, frame.width, $0, row)
        }
        return row
    }

    /// The row with its listed defects replaced by the median of those neighbours of their colour that are not listed.
    private func listedRow(_ y: Int) -> Row {
        guard let columns = cleaning.listed[y] else { return storedRow(y) }
        let (row, isThere) = listed.slot(y)
        if isThere { return row }
        row.update(from: storedRow(y), count: frame.width)
        for x in columns { if let median = likeNeighbours(x, y) { row[x] = median } }
        mirrorEnds(of: row, width: frame.width, border: 2, mirroredApart)
        return row
    }

    /// `nil` where all neighbours are listed, too: the sample then stays as it is.
    private func likeNeighbours(_ x: Int, _ y: Int) -> UInt16? {
        let step = frame.pixelFormat.cfa == nil ? 1 : 2
        var found: [UInt16] = []
        for row in stride(from: y - step, through: y + step, by: step) where row >= 0 && row < frame.height {
            for column in stride(from: x - step, through: x + step, by: step)
            where column >= 0 && column < frame.width && !(cleaning.listed[row]?.contains(column) ?? false) {
                found.append(storedRow(row)[column])
            }
        }
        found.sort()
        guard !found.isEmpty else { return nil }
        let (low, high) = (found[(found.count - 1) / 2], found[found.count / 2])
        return UInt16((UInt32(low) + UInt32(high) + 1) / 2)
    }

    private func storedRow(_ y: Int) -> Row {
        let (row, isThere) = stored.slot(y)
        if isThere { return row }
        frame.unpackRow(y, into: row)
        mirrorEnds(of: row, width: frame.width, border: 2, mirroredApart)
        return row
    }
}

/// Reflects an index at the first and the last of `count` without repeating them. The distance is even, so that the colour of
/// the site stays.
func mirrored(_ index: Int, _ count: Int) -> Int {
    guard count > 1 else { return 0 }
    let period = 2 * (count - 1)
    let folded = ((index % period) + period) % period
    return min(folded, period - folded)
}

/// The same, but nothing is the mirror image of itself at two places' distance: -1 becomes 3 and not 1. A defect next to the
/// border would else be its own neighbour, and vouch for itself.
private func mirroredApart(_ index: Int, _ count: Int) -> Int {
    guard count > 3 else { return mirrored(index, count) }
    return index == -1 ? 3 : index == count ? count - 4 : mirrored(index, count)
}

/// Fills `border` samples on either side of a row with what `reflect` says stands for them.
@inline(__always)
func mirrorEnds(
    of row: UnsafeMutablePointer<UInt16>, width: Int, border: Int, _ reflect: (_ index: Int, _ count: Int) -> Int
) {
    for step in 1...border {
        row[-step] = row[reflect(-step, width)]
        row[width - 1 + step] = row[reflect(width - 1 + step, width)]
    }
}
