package import Imaging
package import Tensors

/// Decodes the raw samples of a DNG (Adobe DNG specification 1.7) or TIFF/EP file and what is needed to develop them.
///
/// Read: either byte order, strips and tiles; samples of 8 to 16 bits, uncompressed, deflated or as lossless JPEG, and floating
/// point samples; Bayer and Quad-Bayer mosaics and one-channel LinearRaw; linearization table, active area, default
/// crop, black and white level, neutral, colour and forward matrices, orientation, noise profile and the opcodes that
/// ``DNGOpcode`` has. Row and column deltas of the black level enter by their mean. Of floating point samples the white level
/// becomes 65535.
package enum DNGDecoder {
    /// - Throws: `CodecError.unsupported` naming the tag for a kind of DNG that is not read.
    package static func decode(_ bytes: ByteStorage, limits: DecodeLimits = .standard) throws(CodecError) -> RawFrame {
        guard case .tiff = FileFormat.recognise(bytes.bytes) else {
            throw .unrecognised(detail: "the bytes are no DNG")
        }
        let file = try TIFFFile(bytes.bytes, format: "DNG")
        guard let directory = try rawDirectory(among: file.directories()) else {
            throw .unsupported(
                format: "DNG", field: TIFFTag.photometricInterpretation.name,
                detail: "no directory holds full-size CFA or LinearRaw samples")
        }
        return try frame(directory, in: file, bytes, limits: limits)
    }

    /// Values of PhotometricInterpretation.
    static let cfaPhotometric = 32803
    static let linearRawPhotometric = 34892

    /// The largest directory that holds full-resolution sensor samples.
    static func rawDirectory(among directories: [TIFFDirectory]) throws(CodecError) -> TIFFDirectory? {
        var best: (directory: TIFFDirectory, pixels: Int)?
        for directory in directories {
            guard let photometric = try directory.integer(.photometricInterpretation),
                photometric == cfaPhotometric || photometric == linearRawPhotometric,
                try directory.integer(.newSubfileType) ?? 0 == 0
            else { continue }
            let width = try directory.requiredInteger(.imageWidth)
            let height = try directory.requiredInteger(.imageLength)
            let pixels = width.multipliedReportingOverflow(by: height)
            let area = pixels.overflow ? Int.max : pixels.partialValue
            if area > best?.pixels ?? -1 { best = (directory, area) }
        }
        return best?.directory
    }

    static func frame(
        _ directory: TIFFDirectory, in file: TIFFFile, _ bytes: ByteStorage, limits: DecodeLimits
    ) throws(CodecError) -> RawFrame {
        let isMosaic = try directory.integer(.photometricInterpretation) == cfaPhotometric
        let mosaic = isMosaic ? try DNGMosaic(directory) : nil
        let raster = try TIFFRaster(directory, in: file, limits: limits)
        guard raster.samplesPerPixel == 1 else {
            throw directory.unsupported(.samplesPerPixel, "\(raster.samplesPerPixel) of a raw frame; 1 is read")
        }
        let area = try DNGArea(directory, width: raster.width, height: raster.height)
        if isMosaic, area.width < 2 || area.height < 2 {
            throw directory.fault(.defaultCropSize, "\(area.width)×\(area.height) is no mosaic")
        }

        var samples = try DNGSamples(raster, directory, in: bytes)
        // The repeating patterns of black level and colours start at the active area; the crop shifts both.
        let stored = DNGSamples.Region(
            top: 0, left: 0, width: raster.width, height: raster.height,
            colors: mosaic?.colors(fromRow: -area.activeTop, column: -area.activeLeft), black: [0, 0, 0, 0],
            white: 65535)
        try samples.apply(DNGOpcodeList(.opcodeList1, directory), in: stored, directory)
        if !raster.isFloatingPoint, let table = try linearizationTable(directory) { samples.linearize(table) }

        var whiteLevel = samples.maximum
        if !raster.isFloatingPoint, let white = try directory.numbers(.whiteLevel, atMost: 4)?.first {
            whiteLevel = min(white, whiteLevel)
        }
        var activeBlack = try blackLevel(directory, mosaic)
        if let white = samples.floatingPointWhite { activeBlack = activeBlack.map { $0 * 65535 / white } }
        for level in activeBlack where !(level >= 0 && level < whiteLevel) {
            throw directory.fault(.blackLevel, "is \(level), but the white level is \(whiteLevel)")
        }
        let second = try DNGOpcodeList(.opcodeList2, directory)
        if second.changesValues {
            samples.widen(white: whiteLevel)
            activeBlack = activeBlack.map { $0 * 65535 / whiteLevel }
            whiteLevel = 65535
        }
        let active = DNGSamples.Region(
            top: area.activeTop, left: area.activeLeft, width: area.activeWidth, height: area.activeHeight,
            colors: mosaic?.colors(fromRow: 0, column: 0), black: activeBlack, white: whiteLevel)
        try samples.apply(second, in: active, directory)

        var format = PixelFormat(
            cfa: mosaic?.order, bitDepth: samples.bitDepth, arrangement: mosaic?.arrangement ?? .bayer)
        var black = activeBlack
        if format.arrangement == .bayer {
            black = (0..<4).map { site in activeBlack[(site / 2 + area.cropTop) % 2 * 2 + (site + area.cropLeft) % 2] }
        }
        format = format.cropped(row: area.cropTop, column: area.cropLeft)
        let lens = try DNGLensCorrection(second, DNGOpcodeList(.opcodeList3, directory), area, format: format)
        let color = try DNGColor(file.main)
        var orientation = try file.main.integer(.orientation)
        if orientation == nil { orientation = try directory.integer(.orientation) }
        var frame = RawFrame(
            width: area.width, height: area.height, pixelFormat: format, rowStride: samples.rows.rowStride,
            storage: samples.rows.storage,
            byteOffset: samples.rows.byteOffset + area.top * samples.rows.rowStride
                + area.left * (samples.bitDepth == 8 ? 1 : 2),
            blackLevel: black, whiteLevel: whiteLevel, whiteBalanceGains: isMosaic ? color.whiteBalanceGains : nil,
            color: isMosaic ? color.sensorColor : nil,
            orientation: orientation.flatMap(Orientation.init(rawValue:)) ?? .up, lensShading: lens.shading)
        frame.lensWarp = lens.warp
        frame.noise = try noiseProfile(directory)
        if frame.noise == nil { frame.noise = try noiseProfile(file.main) }
        return frame
    }

    /// Pairs of scale and offset: one for all planes, or one each.
    private static func noiseProfile(_ directory: TIFFDirectory) throws(CodecError) -> NoiseProfile? {
        guard let numbers = try directory.numbers(.noiseProfile, atMost: 8) else { return nil }
        guard numbers.count == 2 || numbers.count == 6 else {
            throw directory.fault(.noiseProfile, "has \(numbers.count) numbers; 2 and 6 are read")
        }
        guard numbers.allSatisfy({ $0 >= 0 }) else { throw directory.fault(.noiseProfile, "is \(numbers)") }
        func all(_ index: Int) -> SIMD3<Double> {
            numbers.count == 2
                ? SIMD3(repeating: numbers[index]) : SIMD3(numbers[index], numbers[index + 2], numbers[index + 4])
        }
        return NoiseProfile(scale: all(0), offset: all(1))
    }

    /// Black level of the four sites of a 2×2 block that starts at the active area; of the Bayer sites that a mosaic of another
    /// arrangement is turned into.
    private static func blackLevel(
        _ directory: TIFFDirectory, _ mosaic: DNGMosaic?
    ) throws(CodecError) -> [Double] {
        let size = try directory.integers(.blackLevelRepeatDim, atMost: 2) ?? [1, 1]
        let isBayer = mosaic.map { $0.arrangement == .bayer } ?? true
        guard size.count == 2, size.allSatisfy({ (1...(isBayer ? 2 : 4)).contains($0) }) else {
            throw directory.unsupported(
                .blackLevelRepeatDim,
                size.map { "\($0)" }.joined(separator: "×") + "; up to 2×2 is read of a Bayer mosaic")
        }
        let levels = try directory.numbers(.blackLevel, atMost: 16) ?? [Double](repeating: 0, count: size[0] * size[1])
        guard levels.count == size[0] * size[1] else {
            throw directory.fault(
                .blackLevel, "has \(levels.count) values, but BlackLevelRepeatDim says \(size[0])×\(size[1])")
        }
        var delta = 0.0
        for tag in [TIFFTag.blackLevelDeltaH, .blackLevelDeltaV] {
            guard let deltas = try directory.numbers(tag, atMost: 65_536) else { continue }
            delta += deltas.reduce(0, +) / Double(deltas.count)
        }
        guard isBayer else {
            guard levels.allSatisfy({ $0 == levels[0] }) else {
                throw directory.unsupported(.blackLevel, "that differs from sample to sample of a 4×4 mosaic")
            }
            return [Double](repeating: levels[0] + delta, count: 4)
        }
        return (0..<4).map { site in levels[site / 2 % size[0] * size[1] + site % 2 % size[1]] + delta }
    }

    private static func linearizationTable(_ directory: TIFFDirectory) throws(CodecError) -> [UInt16]? {
        guard let values = try directory.integers(.linearizationTable, atMost: 65_536) else { return nil }
        guard let highest = values.max(), highest <= 65_535 else {
            throw directory.fault(.linearizationTable, "holds values over 65535")
        }
        return values.map { UInt16($0) }
    }
}
