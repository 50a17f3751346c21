internal import CKernels
internal import Imaging
internal import Tensors

/// ``Demosaic/demosaicnet`` on a whole mosaic, tile by tile: red, green and blue of every pixel, 6 bytes each. Sampled values stay as
/// they are.
struct NetworkPlanes: Sendable {
    private let storage: ByteStorage
    private let width: Int
    private let height: Int

    /// Pixels of a tile that are kept, each way, and those that the network needs around them.
    static let tile = 256
    static let border = 32
    /// Pixels that the network takes from each side of a tile.
    private static let taken = 31

    /// - Throws: what the network throws.
    init(
        _ chain: DevelopChain, cfa: CFAPattern, network: any DemosaicNetwork, parallelism: Parallelism,
        isCancelled: @Sendable () -> Bool
    ) throws(ISPError) {
        (width, height) = (chain.width, chain.height)
        let (width, height) = (width, height)
        let mosaic = Self.linearized(chain, parallelism)
        let storage = ByteStorage(byteCount: 6 * width * height, zeroed: false)
        self.storage = storage
        // Tiles begin where the mosaic reads GRBG.
        let shift = (0..<4).first { cfa.cropped(row: $0 / 2, column: $0 % 2) == .grbg } ?? 0
        let (top, left) = (-(shift / 2), -(shift % 2))
        let across = (width - left + Self.tile - 1) / Self.tile
        let down = (height - top + Self.tile - 1) / Self.tile
        let failures = Failures(count: across * down)
        parallelism.run(count: across * down) { index in
            guard !isCancelled() else { return }
            let (x, y) = (left + index % across * Self.tile, top + index / across * Self.tile)
            do throws(ISPError) {
                let quads = Self.quads(mosaic, width: width, height: height, x: x, y: y)
                let pixels = try network.interpolate(quads, isCancelled: isCancelled)
                Self.keep(pixels, mosaic, cfa, width: width, height: height, x: x, y: y, in: storage)
            } catch {
                failures.slots[index] = error
            }
        }
        if isCancelled() { throw .cancelled }
        if let failure = failures.first { throw failure }
        withExtendedLifetime(mosaic) {}
    }

    /// Copies row `y` into planes of their own.
    func copyRow(_ y: Int, into planes: Planes) {
        let base = UnsafePointer(storage.base.assumingMemoryBound(to: UInt16.self))
        for (plane, row) in [planes.red, planes.green, planes.blue].enumerated() {
            row.update(from: base + (plane * height + y) * width, count: width)
        }
    }

    /// The samples on the scale that is interpolated on.
    private static func linearized(_ chain: DevelopChain, _ parallelism: Parallelism) -> ByteStorage {
        let (width, height) = (chain.width, chain.height)
        let mosaic = ByteStorage(byteCount: 2 * width * height, zeroed: false)
        parallelism.run(over: height, granularity: 32) { rows in
            let band = DevelopBand(chain: chain)
            // Room for kernels that work on whole vectors, and for mirrored samples.
            let margin = 64
            let line = ByteStorage(byteCount: 2 * (width + 4 * margin), zeroed: false)
            let samples = line.base.assumingMemoryBound(to: UInt16.self) + margin
            for y in rows {
                band.linearizeRow(y, into: samples)
                (mosaic.base + 2 * width * y).copyMemory(from: samples, byteCount: 2 * width)
            }
        }
        return mosaic
    }

    /// The tile whose first kept pixel is at (`x`, `y`), with its border, mirrored into the mosaic.
    private static func quads(_ mosaic: ByteStorage, width: Int, height: Int, x: Int, y: Int) -> Tensor {
        let side = tile / 2 + border
        let quads = Tensor(dataType: .float32, shape: Shape([1, 4, side, side]), zeroed: false)
        let samples = UnsafePointer(mosaic.base.assumingMemoryBound(to: UInt16.self))
        let columns = (0..<2 * side).map { mirrored(x - border + $0, width) }
        for row in 0..<2 * side {
            let source = samples + mirrored(y - border + row, height) * width
            for parity in 0..<2 {
                let plane = row % 2 * 2 + parity
                let target = quads.base.assumingMemoryBound(to: Float.self) + (plane * side + row / 2) * side
                for quad in 0..<side { target[quad] = Float(source[columns[2 * quad + parity]]) / 65535 }
            }
        }
        return quads
    }

    private static func keep(
        _ pixels: Tensor, _ mosaic: ByteStorage, _ cfa: CFAPattern, width: Int, height: Int, x: Int, y: Int,
        in storage: ByteStorage
    ) {
        let side = tile + 2 * border - 2 * taken
        precondition(pixels.dataType == .float32 && pixels.shape == Shape([1, 3, side, side]))
        let found = UnsafePointer(pixels.base.assumingMemoryBound(to: Float.self))
        let samples = UnsafePointer(mosaic.base.assumingMemoryBound(to: UInt16.self))
        let planes = storage.base.assumingMemoryBound(to: UInt16.self)
        let columns = max(x, 0)..<min(x + tile, width)
        for row in max(y, 0)..<min(y + tile, height) {
            let line = (row - y + border - taken) * side + border - taken - x
            for plane in 0..<3 {
                let source = found + plane * side * side + line
                let target = planes + (plane * height + row) * width
                for column in columns {
                    let value = (source[column] * 65535).rounded(.toNearestOrEven)
                    target[column] = value > 0 ? UInt16(min(value, 65535)) : 0
                }
            }
            for column in columns {
                let plane = cfa.color(row: row, column: column).rawValue
                planes[(plane * height + row) * width + column] = samples[row * width + column]
            }
        }
        withExtendedLifetime(pixels) {}
    }

    /// A place for each tile's error: pieces of work write to their own only.
    private final class Failures: @unchecked Sendable {
        let slots: UnsafeMutableBufferPointer<ISPError?>

        init(count: Int) {
            slots = .allocate(capacity: count)
            slots.initialize(repeating: nil)
        }

        deinit {
            slots.deinitialize()
            slots.deallocate()
        }

        var first: ISPError? { slots.first { $0 != nil } ?? nil }
    }
}
