internal import CKernels
package import Imaging
package import Tensors

/// What Quad-Bayer and RGB-IR mosaics become before they are developed: settings of a profile.
package struct BayerConversion: Sendable, Hashable {
    package enum Quad: String, Sendable, Hashable, CaseIterable, Codable {
        /// Four samples of a colour make one: a mosaic of half the size, with half the noise.
        case bin
        /// A Bayer mosaic of full size: samples where they have the wanted colour, else estimated along edges (`ck_remosaic.h`
        /// says how).
        case remosaic
    }

    package var quad: Quad
    /// How much of the infrared around a sample is subtracted from red, green and blue, 0…4.
    package var infrared: SIMD3<Double>

    package init(quad: Quad = .bin, infrared: SIMD3<Double> = SIMD3(1, 1, 1)) {
        self.quad = quad
        self.infrared = infrared
    }

    static let infraredRange = 0.0...4.0
}

extension RawFrame {
    /// The frame as a plain Bayer mosaic of 16 bits; a Bayer or monochrome frame is itself.
    ///
    /// The frame's four black levels and grids of gains are those of the Bayer sites that its samples become.
    ///
    /// - Returns: the mosaic, and how many samples of this frame one of its samples stands for on either axis: 1, or 2 for
    ///   binned Quad-Bayer.
    /// - Throws: `ISPError.argument` for a frame without one whole 4×4, or levels that contradict each other.
    package func bayer(
        _ conversion: BayerConversion, parallelism: Parallelism = .serial
    ) throws(ISPError) -> (frame: RawFrame, reduction: Int) {
        guard let cfa = pixelFormat.cfa, pixelFormat.arrangement != .bayer else { return (self, 1) }
        guard width >= 4, height >= 4 else {
            throw .argument(field: "size", detail: "\(width)x\(height) is smaller than the 4x4 block of colours")
        }
        for level in blackLevel where !(level.isFinite && level >= 0 && level < whiteLevel && whiteLevel <= 65535) {
            throw .argument(
                field: "blackLevel", detail: "\(level) is outside 0…\(whiteLevel), the frame's white level")
        }
        if case .quad(let row, let column) = pixelFormat.arrangement, conversion.quad == .bin {
            return (binned(skippingRow: row, column: column, cfa: cfa, parallelism), 2)
        }
        return (remosaiced(conversion, cfa: cfa, parallelism), 1)
    }

    /// What a 16-bit sample is for 1 of a sample here.
    private var wordScale: Double { Double(1 << (16 - pixelFormat.bitDepth)) }

    private func binned(skippingRow top: Int, column left: Int, cfa: CFAPattern, _ parallelism: Parallelism) -> RawFrame
    {
        let (columns, rows) = ((width - left) / 2, (height - top) / 2)
        let storage = ByteStorage(byteCount: 2 * columns * rows, zeroed: false)
        parallelism.run(over: rows, granularity: 32) { range in
            let lines = ByteStorage(byteCount: 4 * (width + 64), zeroed: false)
            let upper = lines.base.assumingMemoryBound(to: UInt16.self)
            let lower = upper + width + 64
            for y in range {
                unpackRow(2 * y + top, into: upper)
                unpackRow(2 * y + top + 1, into: lower)
                let target = (storage.base + 2 * columns * y).assumingMemoryBound(to: UInt16.self)
                if pixelFormat.bitDepth <= 14 {
                    ck_u16_bin_quad(upper + left, lower + left, columns, UInt32(14 - pixelFormat.bitDepth), target)
                } else {
                    ck_u16_mean_quad(upper + left, lower + left, columns, target)
                }
            }
        }
        var frame = converted(
            width: columns, height: rows, cfa: cfa.cropped(row: top, column: left), storage: storage)
        // Levels and gains belong to the order's sites, which a partial first block shifts.
        func sites<Value>(_ values: [Value]) -> [Value] {
            (0..<4).map { values[($0 / 2 + top) % 2 * 2 + ($0 + left) % 2] }
        }
        frame.blackLevel = sites(frame.blackLevel)
        // The middle of sample x lies between 2 x + left and the next.
        if var grid = lensShading {
            grid.rowOrigin = (grid.rowOrigin - Double(top) - 0.5) / 2
            grid.columnOrigin = (grid.columnOrigin - Double(left) - 0.5) / 2
            grid.rowStep /= 2
            grid.columnStep /= 2
            grid.gains = sites(grid.gains)
            frame.lensShading = grid
        }
        if var warp = lensWarp {
            warp.centerX = (warp.centerX - Double(left) - 0.5) / 2
            warp.centerY = (warp.centerY - Double(top) - 0.5) / 2
            warp.radius /= 2
            frame.lensWarp = warp
        }
        if let noise { frame.noise = NoiseProfile(scale: noise.scale / 4, offset: noise.offset / 4) }
        return frame
    }

    private func remosaiced(_ conversion: BayerConversion, cfa: CFAPattern, _ parallelism: Parallelism) -> RawFrame {
        let storage = ByteStorage(byteCount: 2 * width * height, zeroed: false)
        let words = unpackedWords(parallelism)
        var mosaic = ck_remosaic()
        mosaic.samples = UnsafePointer((words.storage.base + words.byteOffset).assumingMemoryBound(to: UInt16.self))
        mosaic.pitch = words.pitch
        (mosaic.width, mosaic.height) = (Int32(width), Int32(height))
        withUnsafeMutableBytes(of: &mosaic.tile) { tile in
            for index in 0..<16 {
                tile[index] = UInt8(pixelFormat.color(row: index / 4, column: index % 4)?.rawValue ?? 1)
            }
        }
        let colors = (0..<4).map { cfa.color(row: $0 / 2, column: $0 % 2).rawValue }
        withUnsafeMutableBytes(of: &mosaic.bayer) { for index in 0..<4 { $0[index] = UInt8(colors[index]) } }
        func black(_ color: Int) -> Float {
            let sites = (0..<4).filter { color == CFAColor.infrared.rawValue || colors[$0] == color }
            return Float(sites.reduce(0) { $0 + blackLevel[$1] } / Double(sites.count))
        }
        mosaic.black = (black(0), black(1), black(2), black(3))
        mosaic.white = Float(whiteLevel)
        mosaic.infrared = (
            Float(conversion.infrared.x), Float(conversion.infrared.y), Float(conversion.infrared.z)
        )
        func site(_ index: Int) -> (black: Float, span: Float) {
            let level = Double(black(colors[index]))
            return (Float(level * wordScale), Float((whiteLevel - level) * wordScale))
        }
        let sites = (site(0), site(1), site(2), site(3))
        mosaic.out_black = (sites.0.black, sites.1.black, sites.2.black, sites.3.black)
        mosaic.out_span = (sites.0.span, sites.1.span, sites.2.span, sites.3.span)
        let task = UncheckedMosaic(mosaic)
        let stripHeight = 32
        parallelism.run(over: height, granularity: stripHeight) { rows in
            withUnsafePointer(to: task.mosaic) { mosaic in
                let scratch = ByteStorage(
                    byteCount: MemoryLayout<Float>.stride * ck_remosaic_scratch_count(mosaic, Int32(stripHeight)),
                    zeroed: false)
                for start in stride(from: rows.lowerBound, to: rows.upperBound, by: stripHeight) {
                    ck_remosaic_run(
                        mosaic, Int32(start), Int32(min(stripHeight, rows.upperBound - start)),
                        scratch.base.assumingMemoryBound(to: Float.self),
                        (storage.base + 2 * width * start).assumingMemoryBound(to: UInt16.self), width)
                }
            }
        }
        withExtendedLifetime(words.storage) {}
        var frame = converted(width: width, height: height, cfa: cfa, storage: storage)
        frame.blackLevel = (0..<4).map { Double(black(colors[$0])) * wordScale }
        return frame
    }

    private func converted(width: Int, height: Int, cfa: CFAPattern, storage: ByteStorage) -> RawFrame {
        var frame = RawFrame(
            width: width, height: height, pixelFormat: PixelFormat(cfa: cfa, bitDepth: 16), storage: storage,
            blackLevel: blackLevel.map { $0 * wordScale }, whiteLevel: whiteLevel * wordScale,
            whiteBalanceGains: whiteBalanceGains, color: color, cameraToSRGB: cameraToSRGB, orientation: orientation,
            lensShading: lensShading, sequence: sequence, timestamp: timestamp)
        frame.lensWarp = lensWarp
        frame.noise = noise
        frame.sampleScale = sampleScale * wordScale
        return frame
    }

    /// All samples as words: where they lie when they are words already.
    private func unpackedWords(_ parallelism: Parallelism) -> (storage: ByteStorage, byteOffset: Int, pitch: Int) {
        if pixelFormat.packing == .unpacked && pixelFormat.bitDepth > 8 && rowStride % 2 == 0
            && Int(bitPattern: storage.base + byteOffset) % 2 == 0
        {
            return (storage, byteOffset, rowStride / 2)
        }
        // Room for kernels that work on whole vectors.
        let pitch = width + 64
        let words = ByteStorage(byteCount: 2 * pitch * height, zeroed: false)
        parallelism.run(over: height, granularity: 32) { rows in
            for y in rows {
                unpackRow(y, into: (words.base + 2 * pitch * y).assumingMemoryBound(to: UInt16.self))
            }
        }
        return (words, 0, pitch)
    }

    /// The infrared samples of an RGB-IR frame: a monochrome frame of half the size; `nil` for any other.
    package func infraredPlane() -> RawFrame? {
        let place = (0..<4).first { pixelFormat.color(row: $0 / 2, column: $0 % 2) == .infrared }
        guard let place, width >= 2, height >= 2 else { return nil }
        let (columns, rows) = ((width - place % 2 + 1) / 2, (height - place / 2 + 1) / 2)
        let depth = max(10, pixelFormat.bitDepth)
        let target = ByteStorage(byteCount: 2 * columns * rows, zeroed: false)
        let line = ByteStorage(byteCount: 2 * (width + 64), zeroed: false)
        let samples = line.base.assumingMemoryBound(to: UInt16.self)
        for y in 0..<rows {
            unpackRow(2 * y + place / 2, into: samples)
            let row = (target.base + 2 * columns * y).assumingMemoryBound(to: UInt16.self)
            for x in 0..<columns { row[x] = samples[2 * x + place % 2] }
        }
        withExtendedLifetime(line) {}
        let black = blackLevel.reduce(0, +) / 4
        return RawFrame(
            width: columns, height: rows, pixelFormat: PixelFormat(cfa: nil, bitDepth: depth), storage: target,
            blackLevel: [black, black, black, black], whiteLevel: whiteLevel, orientation: orientation,
            sequence: sequence, timestamp: timestamp)
    }
}

/// A kernel's parameters, whose samples outlive the run.
private struct UncheckedMosaic: @unchecked Sendable {
    let mosaic: ck_remosaic
    init(_ mosaic: ck_remosaic) { self.mosaic = mosaic }
}

extension Developer {
    /// The frame as the Bayer mosaic that this profile makes of it: what ``parameters(for:)`` and the rest take.
    package func bayer(
        _ frame: RawFrame, parallelism: Parallelism = .serial
    ) throws(ISPError) -> (frame: RawFrame, reduction: Int) {
        var frame = frame
        if let blackLevel = profile.blackLevel { frame.blackLevel = blackLevel }
        return try frame.bayer(profile.conversion, parallelism: parallelism)
    }
}
