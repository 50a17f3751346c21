package import Imaging
internal import Tensors

/// A frame's developed picture, row by row as it is asked for: what a network's input is made of, since nobody looks at
/// the picture itself. The same bits as ``Developer/develop(_:parameters:format:parallelism:isCancelled:)``, before it is
/// turned upright.
package struct DevelopedRows: PictureRows {
    let chain: DevelopChain

    package var width: Int { chain.width }
    package var height: Int { chain.height }
    package var format: Picture.Format { chain.format }
    package var orientation: Orientation { chain.frame.orientation }

    package func makeReader(window: Int) -> any PictureRowReader { Reader(chain, window: window) }

    /// The last rows in a ring: row y in slot y mod window.
    private final class Reader: PictureRowReader {
        private let band: StraightBand
        private let ring: ByteStorage
        private let rowStride: Int
        private var held: [Int]

        /// What may be read past the last pixel of a row.
        private static let slack = 64

        init(_ chain: DevelopChain, window: Int) {
            band = StraightBand(chain: chain)
            rowStride = (chain.width * chain.format.bytesPerPixel + 2 * Self.slack - 1) / Self.slack * Self.slack
            ring = ByteStorage(byteCount: rowStride * window, zeroed: false)
            held = Array(repeating: -1, count: window)
        }

        func row(_ y: Int) -> UnsafePointer<UInt8> {
            let slot = y % held.count
            let row = ring.base + slot * rowStride
            if held[slot] != y {
                band.developRow(y, into: row)
                held[slot] = y
            }
            return UnsafePointer(row.assumingMemoryBound(to: UInt8.self))
        }
    }
}
