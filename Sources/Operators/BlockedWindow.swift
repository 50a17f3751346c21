internal import CKernels
internal import Tensors

/// How the windows of a convolution over two axes are laid out in scratch memory, so that one kernel serves every
/// stride, dilation and padding: neighbouring outputs read neighbouring elements, and each tap is an offset.
///
/// Rows spread by column phase, as they come with their padding, serve wide outputs. Narrow ones get one copy of the
/// rows for each tap column, cut to the output's width, so that tiles of pixels run on from row to row.
struct BlockedWindow {
    private let window: ck_window
    /// Elements between neighbouring pixels: 16 in blocks, 1 in planes.
    private let pixel: Int
    private let copiesColumns: Bool
    private let phase: Int
    private let reach: (y: Int, x: Int)

    /// Below this width tiles of whole rows would leave registers unused.
    private static let narrow = 12

    init(_ window: ck_window, pixel: Int) {
        self.window = window
        self.pixel = pixel
        copiesColumns = pixel == 16 && (window.output.2 < Self.narrow || window.kernel.2 == 1)
        reach = (
            (window.kernel.1 - 1) * window.dilation.1 + 1, (window.kernel.2 - 1) * window.dilation.2 + 1
        )
        let step = window.stride.2
        phase = max(1, ((window.output.2 - 1) * step + reach.x + step - 1) / step)
    }

    private var pitch: Int { copiesColumns ? window.output.2 : phase * window.stride.2 }

    /// Rows of one copy for so many output rows.
    private func copyRows(_ rows: Int) -> Int { rows + (reach.y - 1) / window.stride.1 }
    private func inputRows(_ rows: Int) -> Int { (rows - 1) * window.stride.1 + reach.y }

    /// Floats of one channel block, or plane, for so many output rows.
    func channelStep(rows: Int) -> Int {
        copiesColumns
            ? window.kernel.2 * window.stride.1 * copyRows(rows) * pitch * pixel : inputRows(rows) * pitch * pixel
    }

    /// Floats from one output row's input to the next's.
    var rowStep: Int { (copiesColumns ? 1 : window.stride.1) * pitch * pixel }

    /// Offsets of the taps in floats.
    func taps(rows: Int) -> [Int] {
        (0..<window.kernel.1 * window.kernel.2).map { tap in
            let y = tap / window.kernel.2 * window.dilation.1
            let column = tap % window.kernel.2
            if copiesColumns {
                let copy = column * window.stride.1 + y % window.stride.1
                return (copy * copyRows(rows) + y / window.stride.1) * pitch * pixel
            }
            let x = column * window.dilation.2
            return (y * pitch + x % window.stride.2 * phase + x / window.stride.2) * pixel
        }
    }

    /// Lays out what output rows `first ..< first + rows` read of `count` channel blocks or planes.
    func gather(
        _ x: UnsafePointer<Float>, count: Int, first: Int, rows: Int, into scratch: UnsafeMutablePointer<Float>
    ) {
        let plane = window.input.1 * window.input.2 * pixel
        let step = channelStep(rows: rows)
        for channel in 0..<count {
            let (source, target) = (x + channel * plane, scratch + channel * step)
            if pixel == 1 {
                withUnsafePointer(to: window) {
                    ck_f32_spread(
                        $0, source, first * window.stride.1 - window.pad.1, inputRows(rows), phase, target)
                }
                continue
            }
            forEachLine(first: first, rows: rows) { line in
                let place = target + line.target
                guard line.isInside else { return place.update(repeating: 0, count: line.count * pixel) }
                ck_f32_block_gather_row(
                    source + line.row * window.input.2 * pixel, window.input.2, line.column, window.stride.2,
                    line.count, place)
            }
        }
    }

    /// A run of scratch pixels that come from one row of the input, a stride apart.
    struct Line {
        /// Row of the input; 0 when there is none.
        let row: Int
        let isInside: Bool
        /// Column of the first pixel; it may lie outside the row.
        let column: Int
        let count: Int
        /// First element in scratch memory, in one channel block.
        let target: Int
    }

    /// Visits all that output rows `first ..< first + rows` read of one channel block.
    func forEachLine(first: Int, rows: Int, _ body: (Line) -> Void) {
        func visit(row: Int, column: Int, count: Int, target: Int) {
            let isInside = row >= 0 && row < window.input.1
            body(
                Line(
                    row: isInside ? row : 0, isInside: isInside, column: column, count: count, target: target * pixel))
        }
        let top = first * window.stride.1 - window.pad.1
        if copiesColumns {
            let copyRows = copyRows(rows)
            for column in 0..<window.kernel.2 {
                for part in 0..<min(window.stride.1, reach.y) {
                    for row in 0..<copyRows {
                        visit(
                            row: top + row * window.stride.1 + part,
                            column: column * window.dilation.2 - window.pad.2, count: pitch,
                            target: ((column * window.stride.1 + part) * copyRows + row) * pitch)
                    }
                }
            }
        } else {
            for row in 0..<inputRows(rows) {
                for part in 0..<window.stride.2 {
                    visit(
                        row: top + row, column: part - window.pad.2, count: phase, target: row * pitch + part * phase)
                }
            }
        }
    }
}
