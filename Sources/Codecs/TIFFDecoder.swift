internal import Imaging
package import Tensors

/// Decodes TIFF: a DNG or TIFF/EP becomes a raw frame, plain TIFF a picture.
package enum TIFFDecoder {
    /// - Throws: `CodecError.unsupported` naming the tag for a compression, layout or photometric interpretation that is
    ///   not read.
    package static func decode(
        _ bytes: ByteStorage, description: RawDescription = RawDescription(), limits: DecodeLimits = .standard
    ) throws(CodecError) -> SourceImage {
        var file = try TIFFFile(bytes.bytes, format: "TIFF")
        if file.main.contains(.dngVersion) { file = try TIFFFile(bytes.bytes, format: "DNG") }
        let directories = try file.directories()
        let raw = try DNGDecoder.rawDirectory(among: directories)
        if isCameraFile(bytes, file, hasMosaic: raw != nil) {
            do {
                let frame = try CameraFile.decode(bytes, limits: limits)
                return .raw(try description.applying(to: frame, format: "camera file"))
            } catch .unsupported(let format, let field, let detail) {
                // TIFF/EP that LibRaw does not know may still be read here, if anything says so.
                guard let raw, let frame = try? DNGDecoder.frame(raw, in: file, bytes, limits: limits) else {
                    throw .unsupported(format: format, field: field, detail: detail)
                }
                return .raw(try description.applying(to: frame, format: "TIFF"))
            }
        }
        if let raw {
            let frame = try DNGDecoder.frame(raw, in: file, bytes, limits: limits)
            return .raw(try description.applying(to: frame, format: "DNG"))
        }
        if file.main.contains(.dngVersion) {
            throw .unsupported(
                format: "DNG", field: TIFFTag.photometricInterpretation.name,
                detail: "no directory holds full-size CFA or LinearRaw samples")
        }
        let decoded = try picture(file.main, in: file, bytes, limits: limits)
        return try description.applying(to: decoded, format: "TIFF")
    }

    /// Whether a TIFF without DNG's version is a camera's own kind.
    private static func isCameraFile(_ bytes: ByteStorage, _ file: TIFFFile, hasMosaic: Bool) -> Bool {
        guard !file.main.contains(.dngVersion), file.main.contains(.make) else { return false }
        let isCR2 = bytes.byteCount > 10 && bytes.bytes[8] == UInt8(ascii: "C") && bytes.bytes[9] == UInt8(ascii: "R")
        return hasMosaic || isCR2
    }

    /// Baseline grey and RGB of 8 or 16 bits; samples after the third (alpha) are dropped.
    private static func picture(
        _ directory: TIFFDirectory, in file: TIFFFile, _ bytes: ByteStorage, limits: DecodeLimits
    ) throws(CodecError) -> (picture: Picture, orientation: Orientation) {
        let channels: Int
        let isInverted: Bool
        switch try directory.requiredInteger(.photometricInterpretation) {
        case 0: (channels, isInverted) = (1, true)
        case 1: (channels, isInverted) = (1, false)
        case 2: (channels, isInverted) = (3, false)
        case let code: throw directory.unsupported(.photometricInterpretation, "\(code); grey and RGB are read")
        }
        let raster = try TIFFRaster(directory, in: file, limits: limits)
        guard !raster.isFloatingPoint else {
            throw directory.unsupported(.sampleFormat, "3 (floating point) in a picture; it is read in a DNG")
        }
        guard raster.bitsPerSample == 8 || raster.bitsPerSample == 16 else {
            throw directory.unsupported(.bitsPerSample, "\(raster.bitsPerSample) in a picture; 8 and 16 are read")
        }
        guard raster.samplesPerPixel >= channels else {
            throw directory.fault(.samplesPerPixel, "is \(raster.samplesPerPixel), but the colours are \(channels)")
        }
        let format: Picture.Format =
            raster.bitsPerSample == 8 ? (channels == 1 ? .gray8 : .rgb8) : (channels == 1 ? .gray16 : .rgb16)
        let samples = try raster.samples(in: bytes)
        let picture = Picture(undefinedPixelsOfWidth: raster.width, height: raster.height, format: format)
        let size = format.bytesPerSample
        let sourcePixel = raster.samplesPerPixel * size
        for y in 0..<raster.height {
            let source = samples.storage.base + samples.byteOffset + y * samples.rowStride
            let target = picture.row(y)
            if sourcePixel == format.bytesPerPixel {
                target.copyMemory(from: source, byteCount: raster.width * sourcePixel)
            } else {
                for x in 0..<raster.width {
                    (target + x * format.bytesPerPixel).copyMemory(
                        from: source + x * sourcePixel, byteCount: format.bytesPerPixel)
                }
            }
            if isInverted {
                for index in 0..<raster.width * size {
                    let byte = target.load(fromByteOffset: index, as: UInt8.self)
                    target.storeBytes(of: ~byte, toByteOffset: index, as: UInt8.self)
                }
            }
        }
        withExtendedLifetime(samples) {}
        let orientation = try directory.integer(.orientation).flatMap(Orientation.init(rawValue:)) ?? .up
        return (picture, orientation)
    }
}
