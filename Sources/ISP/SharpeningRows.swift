internal import CKernels
internal import Imaging
internal import Tensors

/// ``Sharpening`` on consecutive rows: holds the planes of five of them and their luma.
final class SharpeningRows {
    typealias Row = UnsafeMutablePointer<UInt16>

    /// Rows above and below that a row depends on.
    static let reach = 2
    private static let count = 2 * reach + 1
    private static let margin = 64

    private let width: Int
    private let height: Int
    private let amounts: ck_sharpening
    private let storage: ByteStorage
    private let base: Row
    private let pitch: Int
    /// The next row to be taken; `nil` before the first.
    private(set) var next: Int?

    init(_ sharpening: Sharpening, width: Int, height: Int) {
        self.width = width
        self.height = height
        amounts = ck_sharpening(
            amount: Float(sharpening.amount), threshold: Float(sharpening.threshold * 65535),
            limit: Float(sharpening.limit * 65535))
        pitch = (width + 63) / 64 * 64 + 2 * Self.margin
        storage = ByteStorage(byteCount: 4 * Self.count * pitch * 2)
        base = storage.base.assumingMemoryBound(to: UInt16.self) + Self.margin
    }

    /// Plane 0…2 or, as 3, the luma of a row that is held; beyond the picture its first or last row.
    private func plane(_ index: Int, _ y: Int) -> Row {
        base + (index * Self.count + min(max(y, 0), height - 1) % Self.count) * pitch
    }

    /// Takes row `y`; rows come in rising order without gaps.
    func take(_ y: Int, _ planes: Planes) {
        next = y + 1
        plane(0, y).update(from: planes.red, count: width)
        plane(1, y).update(from: planes.green, count: width)
        plane(2, y).update(from: planes.blue, count: width)
        let luma = plane(3, y)
        ck_u16_luma(plane(0, y), plane(1, y), plane(2, y), width, luma)
        for step in 1...Self.reach {
            luma[-step] = luma[0]
            luma[width - 1 + step] = luma[width - 1]
        }
    }

    /// Writes row `y` sharpened once the rows within ``reach`` of it have been taken.
    func finish(_ y: Int, into target: Planes) {
        target.red.update(from: plane(0, y), count: width)
        target.green.update(from: plane(1, y), count: width)
        target.blue.update(from: plane(2, y), count: width)
        func luma(_ offset: Int) -> UnsafePointer<UInt16>? { UnsafePointer(plane(3, y + offset)) }
        var rows = (luma(-2), luma(-1), luma(0), luma(1), luma(2))
        withUnsafeBytes(of: &rows) { rows in
            withUnsafePointer(to: amounts) {
                ck_u16_sharpen(
                    rows.assumingMemoryBound(to: UnsafePointer<UInt16>?.self).baseAddress, width, $0, target.red,
                    target.green, target.blue)
            }
        }
    }
}
