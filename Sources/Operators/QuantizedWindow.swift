internal import CKernels
internal import Tensors

/// How the windows over quantised pixels are laid out in scratch memory: rows with their padding, spread by column phase,
/// so that neighbouring outputs read neighbouring pixels and each tap is an offset. What pads them is the zero point.
/// Of a kernel of one row or column only the rows and columns that it meets are laid out.
struct QuantizedWindow {
    private let window: ck_window
    /// Bytes of a pixel: 16, or 4 of planes brought together.
    private let pixel: Int
    private let fill: UInt8
    private let phase, parts: Int
    private let reachRows: Int

    init(_ window: ck_window, isPlanar: Bool, fill: UInt8) {
        self.window = window
        self.fill = fill
        pixel = isPlanar ? 4 : BlockedLayout.lanes
        reachRows = (window.kernel.1 - 1) * window.dilation.1 + 1
        let reach = (window.kernel.2 - 1) * window.dilation.2 + 1
        let step = window.stride.2
        phase = max(1, ((window.output.2 - 1) * step + reach + step - 1) / step)
        parts = min(step, reach)
    }

    private var pitch: Int { phase * parts }
    private var meetsRowsInTurn: Bool { window.kernel.1 == 1 }
    private func inputRows(_ rows: Int) -> Int {
        meetsRowsInTurn ? rows : (rows - 1) * window.stride.1 + reachRows
    }

    /// Bytes of one channel block for so many output rows.
    func channelStep(rows: Int) -> Int { inputRows(rows) * pitch * pixel }
    /// Bytes from one output row's input to the next's.
    var rowStep: Int { (meetsRowsInTurn ? 1 : window.stride.1) * pitch * pixel }

    /// Offsets of the taps in bytes.
    var taps: [Int] {
        (0..<window.kernel.1 * window.kernel.2).map { tap in
            let y = tap / window.kernel.2 * window.dilation.1
            let x = tap % window.kernel.2 * window.dilation.2
            return (y * pitch + x % window.stride.2 * phase + x / window.stride.2) * pixel
        }
    }

    /// Lays out what output rows `first ..< first + rows` read of `count` channel blocks, or of `count` planes.
    func gather(
        _ x: UnsafePointer<UInt8>, count: Int, first: Int, rows: Int,
        into scratch: UnsafeMutablePointer<UInt8>
    ) {
        let isPlanar = pixel == 4
        let (height, width) = (window.input.1, window.input.2)
        for block in 0..<(isPlanar ? 1 : count) {
            let source = x + block * height * width * BlockedLayout.lanes
            var target = scratch + block * channelStep(rows: rows)
            for row in 0..<inputRows(rows) {
                let y =
                    first * window.stride.1 - window.pad.1 + row * (meetsRowsInTurn ? window.stride.1 : 1)
                for part in 0..<parts {
                    if y < 0 || y >= height {
                        target.update(repeating: fill, count: phase * pixel)
                    } else if isPlanar {
                        ck_u8_gather_planes(
                            x + y * width, height * width, count, width, part - window.pad.2, window.stride.2,
                            phase,
                            fill, target)
                    } else {
                        ck_u8_gather_row(
                            source + y * width * pixel, width, part - window.pad.2, window.stride.2, phase, pixel,
                            fill,
                            target)
                    }
                    target += phase * pixel
                }
            }
        }
    }
}
