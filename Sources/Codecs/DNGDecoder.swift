package import Imaging
package import Tensors

/// Decodes the raw samples of a DNG (Adobe DNG specification 1.7) or TIFF/EP file and what is needed to develop them.
///
/// Read: either byte order, strips and tiles, uncompressed samples of 8 to 16 bits and lossless JPEG, Bayer mosaics and
/// one-channel LinearRaw, linearization table, active area, default crop, black and white level, neutral, colour and
/// forward matrices, orientation, and the gain maps of OpcodeList2. Other opcodes and the noise profile are not applied; row
/// and column deltas of the black level enter by their mean.
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
        let activeCFA = isMosaic ? try cfaPattern(directory) : nil
        let raster = try TIFFRaster(directory, in: file, limits: limits)
        guard raster.samplesPerPixel == 1 else {
            throw directory.unsupported(.samplesPerPixel, "\(raster.samplesPerPixel) of a raw frame; 1 is read")
        }
        let area = try DNGArea(directory, width: raster.width, height: raster.height)
        if isMosaic, area.width < 2 || area.height < 2 {
            throw directory.fault(.defaultCropSize, "\(area.width)×\(area.height) is no mosaic")
        }

        var samples = try raster.samples(in: bytes)
        // 9, 11, 13 and 15 bits are held in the next format up.
        var bitDepth = raster.bitsPerSample == 8 ? 8 : (raster.bitsPerSample + 1) / 2 * 2
        var sampleMaximum = Double((1 << raster.bitsPerSample) - 1)
        if let table = try linearizationTable(directory) {
            samples = linearized(samples, raster, table)
            bitDepth = 16
            sampleMaximum = Double(table.reduce(0, max))
        }

        let whiteLevel = min(try directory.numbers(.whiteLevel, atMost: 4)?.first ?? sampleMaximum, sampleMaximum)
        let activeBlack = try blackLevel(directory)
        // The repeating patterns of black level and colours start at the active area; the crop shifts both.
        let black = (0..<4).map { site in
            activeBlack[(site / 2 + area.cropTop) % 2 * 2 + (site + area.cropLeft) % 2]
        }
        for level in black where !(level >= 0 && level < whiteLevel) {
            throw directory.fault(.blackLevel, "is \(level), but the white level is \(whiteLevel)")
        }

        let color = try DNGColor(file.main)
        var orientation = try file.main.integer(.orientation)
        if orientation == nil { orientation = try directory.integer(.orientation) }
        return RawFrame(
            width: area.width, height: area.height,
            pixelFormat: PixelFormat(
                cfa: activeCFA?.cropped(row: area.cropTop, column: area.cropLeft), bitDepth: bitDepth),
            rowStride: samples.rowStride, storage: samples.storage,
            byteOffset: samples.byteOffset + area.top * samples.rowStride + area.left * (bitDepth == 8 ? 1 : 2),
            blackLevel: black, whiteLevel: whiteLevel, whiteBalanceGains: isMosaic ? color.whiteBalanceGains : nil,
            color: isMosaic ? color.sensorColor : nil,
            orientation: orientation.flatMap(Orientation.init(rawValue:)) ?? .up,
            lensShading: try DNGGainMap.grid(
                directory, activeWidth: area.activeWidth, activeHeight: area.activeHeight, cropTop: area.cropTop,
                cropLeft: area.cropLeft))
    }

    private static func cfaPattern(_ directory: TIFFDirectory) throws(CodecError) -> CFAPattern {
        guard let size = try directory.integers(.cfaRepeatPatternDim, atMost: 2) else {
            throw directory.missing(.cfaRepeatPatternDim)
        }
        guard size == [2, 2] else {
            throw directory.unsupported(
                .cfaRepeatPatternDim, size.map { "\($0)" }.joined(separator: "×") + "; 2×2 (Bayer) is read")
        }
        if let layout = try directory.integer(.cfaLayout), layout != 1 {
            throw directory.unsupported(.cfaLayout, "\(layout) (staggered)")
        }
        if let planes = try directory.integers(.cfaPlaneColor, atMost: 16), planes != [0, 1, 2] {
            throw directory.unsupported(.cfaPlaneColor, "colours other than red, green, blue")
        }
        guard let sites = try directory.integers(.cfaPattern, atMost: 16) else { throw directory.missing(.cfaPattern) }
        let pattern = CFAPattern.allCases.first { pattern in
            sites == (0..<4).map { pattern.color(row: $0 / 2, column: $0 % 2).rawValue }
        }
        guard let pattern else {
            throw directory.unsupported(.cfaPattern, "\(sites); the four Bayer orders are read")
        }
        return pattern
    }

    /// Black level of the four sites of a 2×2 block that starts at the active area.
    private static func blackLevel(_ directory: TIFFDirectory) throws(CodecError) -> [Double] {
        let size = try directory.integers(.blackLevelRepeatDim, atMost: 2) ?? [1, 1]
        guard size.count == 2, size.allSatisfy({ (1...2).contains($0) }) else {
            throw directory.unsupported(
                .blackLevelRepeatDim, size.map { "\($0)" }.joined(separator: "×") + "; up to 2×2 is read")
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
        return (0..<4).map { site in levels[site / 2 % size[0] * size[1] + site % 2 % size[1]] + delta }
    }

    private static func linearizationTable(_ directory: TIFFDirectory) throws(CodecError) -> [UInt16]? {
        guard let values = try directory.integers(.linearizationTable, atMost: 65_536) else { return nil }
        guard let highest = values.max(), highest <= 65_535 else {
            throw directory.fault(.linearizationTable, "holds values over 65535")
        }
        return values.map { UInt16($0) }
    }

    /// Samples above the end of the table become its last value (DNG specification, LinearizationTable).
    private static func linearized(
        _ samples: TIFFRaster.Samples, _ raster: TIFFRaster, _ table: [UInt16]
    ) -> TIFFRaster.Samples {
        let rowStride = 2 * raster.width
        let storage = ByteStorage(byteCount: rowStride * raster.height, zeroed: false)
        for y in 0..<raster.height {
            let source = samples.storage.base + samples.byteOffset + y * samples.rowStride
            let target = (storage.base + y * rowStride).assumingMemoryBound(to: UInt16.self)
            for x in 0..<raster.width {
                let sample =
                    raster.bitsPerSample == 8
                    ? Int(source.load(fromByteOffset: x, as: UInt8.self))
                    : Int(source.load(fromByteOffset: 2 * x, as: UInt16.self))
                target[x] = table[min(sample, table.count - 1)]
            }
        }
        return TIFFRaster.Samples(storage: storage, byteOffset: 0, rowStride: rowStride)
    }
}

/// The part of the stored samples that makes the picture: the default crop of the active area.
private struct DNGArea {
    /// Of the picture in the stored samples.
    var top: Int
    var left: Int
    var width: Int
    var height: Int
    /// Of the picture in the active area.
    var cropTop = 0
    var cropLeft = 0
    let activeWidth: Int
    let activeHeight: Int

    init(_ directory: TIFFDirectory, width storedWidth: Int, height storedHeight: Int) throws(CodecError) {
        let active = try directory.integers(.activeArea, atMost: 4) ?? [0, 0, storedHeight, storedWidth]
        guard active.count == 4, active[0] < active[2], active[1] < active[3], active[2] <= storedHeight,
            active[3] <= storedWidth
        else {
            throw directory.fault(.activeArea, "\(active) lies outside \(storedWidth)×\(storedHeight)")
        }
        (top, left, height, width) = (active[0], active[1], active[2] - active[0], active[3] - active[1])
        (activeWidth, activeHeight) = (width, height)
        let origin = try directory.numbers(.defaultCropOrigin, exactly: 2) ?? [0, 0]
        let size = try directory.numbers(.defaultCropSize, exactly: 2) ?? [Double(width), Double(height)]
        // Rationals: a crop may start between samples.
        let crop = (origin + size).map { $0.rounded() }
        let isInside =
            crop.allSatisfy { $0 >= 0 } && crop[2] >= 1 && crop[3] >= 1 && crop[0] + crop[2] <= Double(width)
            && crop[1] + crop[3] <= Double(height)
        guard isInside else {
            throw directory.fault(
                .defaultCropSize, "\(size) from \(origin) lies outside the active area, \(width)×\(height)")
        }
        (cropLeft, cropTop, width, height) = (Int(crop[0]), Int(crop[1]), Int(crop[2]), Int(crop[3]))
        top += cropTop
        left += cropLeft
    }
}
