package import Imaging
internal import Tensors

/// Writes raw frames as DNG 1.4 (Adobe DNG specification): a thumbnail in the first directory, the samples in a SubIFD.
/// Nothing but the frame and the arguments enters, so the same frame gives the same bytes.
package enum DNGEncoder {
    /// How samples of 10, 12 and 14 bits are stored; those of 8 and 16 bits have one way.
    package enum SampleStorage: Sendable {
        /// As many bits as they have: the smallest uncompressed file.
        case packed
        /// In 16 bits, which any reader takes and ours does not copy. The depth shows in the white level only.
        case words
    }

    /// - Parameters:
    ///   - frame: of any packing. Without colour calibration the matrix of a camera with the primaries of sRGB is
    ///     written, since DNG demands one; without gains the neutral is left out.
    ///   - capture: how the frame was taken, as far as it is known; its sequence number goes with it.
    ///   - cameraModel: ASCII, as UniqueCameraModel names the camera.
    /// - Throws: `CodecError.argument` when the file would pass TIFF's 4 GiB, and for an RGB-IR mosaic: DNG knows no infrared.
    package static func encode(
        _ frame: RawFrame, cameraModel: String = "Fovea", storage: SampleStorage = .packed, capture: DNGCapture? = nil
    ) throws(CodecError) -> [UInt8] {
        let depth = frame.pixelFormat.bitDepth
        let storedDepth = storage == .packed ? depth : (depth == 8 ? 8 : 16)
        let rowByteCount = (frame.width * storedDepth + 7) / 8
        guard rowByteCount * frame.height < Int(UInt32.max) - 1 << 20 else {
            throw .argument(field: "frame", detail: "\(frame.width)×\(frame.height) samples do not fit a TIFF file")
        }
        if frame.pixelFormat.arrangement == .infraredAtRed || frame.pixelFormat.arrangement == .infraredAtBlue {
            throw .argument(field: "frame", detail: "is \(frame.pixelFormat.name), but a DNG cannot say infrared")
        }
        var thumbnail = RawThumbnail(of: frame)
        let samples = storedSamples(of: frame, depth: storedDepth, rowByteCount: rowByteCount, &thumbnail)
        let preview = thumbnail.pixels(of: frame)

        // The sizes of the directories do not depend on the offsets in them.
        func layout(previewOffset: Int, rawOffset: Int, subIFD: Int) -> (TIFFWriter.Directory, TIFFWriter.Directory) {
            (
                mainDirectory(
                    frame, thumbnail, cameraModel, offset: previewOffset, preview.count, subIFD: subIFD, capture),
                rawDirectory(frame, storedDepth, offset: rawOffset, byteCount: samples.count)
                    + noiseEntries(frame, capture)
            )
        }
        let draft = layout(previewOffset: 0, rawOffset: 0, subIFD: 0)
        let subIFD = 8 + TIFFWriter.byteCount(of: draft.0)
        let previewOffset = subIFD + TIFFWriter.byteCount(of: draft.1)
        // Samples start on a page: a mapped file then hands them to the kernels aligned.
        let rawOffset = (previewOffset + preview.count + 4095) / 4096 * 4096
        let final = layout(previewOffset: previewOffset, rawOffset: rawOffset, subIFD: subIFD)
        var writer = TIFFWriter()
        writer.append(final.0)
        writer.append(final.1)
        writer.append(preview, at: previewOffset)
        writer.append(samples, at: rawOffset)
        return writer.bytes
    }

    private static func mainDirectory(
        _ frame: RawFrame, _ thumbnail: RawThumbnail, _ cameraModel: String, offset: Int, _ byteCount: Int, subIFD: Int,
        _ capture: DNGCapture?
    ) -> TIFFWriter.Directory {
        let channels = thumbnail.channels
        let model = String(
            cameraModel.unicodeScalars.filter { (32..<127).contains($0.value) }.prefix(63).map(Character.init))
        var entries: TIFFWriter.Directory = [
            (.newSubfileType, .longs([1])),
            (.imageWidth, .longs([thumbnail.width])),
            (.imageLength, .longs([thumbnail.height])),
            (.bitsPerSample, .shorts([Int](repeating: 8, count: channels))),
            (.compression, .shorts([1])),
            (.photometricInterpretation, .shorts([channels == 1 ? 1 : 2])),
            (.make, .text("Fovea")),
            (.model, .text(model)),
            (.stripOffsets, .longs([offset])),
            (.orientation, .shorts([frame.orientation.rawValue])),
            (.samplesPerPixel, .shorts([channels])),
            (.rowsPerStrip, .longs([thumbnail.height])),
            (.stripByteCounts, .longs([byteCount])),
            (.planarConfiguration, .shorts([1])),
            (.software, .text("Fovea")),
            (.subIFDs, .longs([subIFD])),
            (.dngVersion, .bytes([1, 4, 0, 0])),
            (.dngBackwardVersion, .bytes([1, 1, 0, 0])),
            (.uniqueCameraModel, .text(model)),
        ]
        if frame.pixelFormat.cfa != nil { entries += colorEntries(frame) }
        if let capture { entries += capture.mainEntries(imageNumber: frame.sequence) }
        return entries.sorted { $0.tag.rawValue < $1.tag.rawValue }
    }

    private static func colorEntries(_ frame: RawFrame) -> TIFFWriter.Directory {
        var entries: TIFFWriter.Directory = []
        let tags = [
            (TIFFTag.calibrationIlluminant1, TIFFTag.colorMatrix1, TIFFTag.forwardMatrix1),
            (.calibrationIlluminant2, .colorMatrix2, .forwardMatrix2),
        ]
        for ((illuminant, color, forward), calibration) in zip(tags, frame.calibrationsForDNG) {
            guard let matrix = calibration.xyzToCamera else { continue }
            entries.append((color, .signedRationals(matrix.coefficients)))
            entries.append((illuminant, .shorts([Illuminant.code(nearest: calibration.temperature)])))
            if let matrix = calibration.cameraToXYZD50 {
                entries.append((forward, .signedRationals(matrix.coefficients)))
            }
        }
        if let gains = frame.whiteBalanceGains {
            entries.append((.asShotNeutral, .rationals([gains.y / gains.x, 1, gains.y / gains.z])))
        }
        return entries
    }

    private static func rawDirectory(
        _ frame: RawFrame, _ depth: Int, offset: Int, byteCount: Int
    ) -> TIFFWriter.Directory {
        let cfa = frame.pixelFormat.cfa
        var entries: TIFFWriter.Directory = [
            (.newSubfileType, .longs([0])),
            (.imageWidth, .longs([frame.width])),
            (.imageLength, .longs([frame.height])),
            (.bitsPerSample, .shorts([depth])),
            (.compression, .shorts([1])),
            (
                .photometricInterpretation,
                .shorts([cfa == nil ? DNGDecoder.linearRawPhotometric : DNGDecoder.cfaPhotometric])
            ),
            (.stripOffsets, .longs([offset])),
            (.samplesPerPixel, .shorts([1])),
            (.rowsPerStrip, .longs([frame.height])),
            (.stripByteCounts, .longs([byteCount])),
            (.planarConfiguration, .shorts([1])),
        ]
        if let cfa {
            let extent = frame.pixelFormat.arrangement == .bayer ? 2 : 4
            let sites = (0..<extent * extent).map { site in
                let (row, column) = (site / extent, site % extent)
                return UInt8(frame.pixelFormat.arrangement.color(row: row, column: column, order: cfa).rawValue)
            }
            entries += [
                (.cfaRepeatPatternDim, .shorts([extent, extent])),
                (.cfaPattern, .bytes(sites)),
                (.cfaPlaneColor, .bytes([0, 1, 2])),
                (.cfaLayout, .shorts([1])),
            ]
        }
        let isBayer = frame.pixelFormat.arrangement == .bayer
        entries += [
            (.blackLevelRepeatDim, .shorts(isBayer ? [2, 2] : [1, 1])),
            // Of a 4×4 mosaic the four levels are those of the colours: readers take one for all.
            (.blackLevel, .rationals(isBayer ? frame.blackLevel : [frame.blackLevel.reduce(0, +) / 4])),
            (.whiteLevel, .longs([Int(frame.whiteLevel.rounded())])),
        ]
        if let grid = frame.lensShading {
            let list = DNGGainMap.opcodeList(grid, width: frame.width, height: frame.height)
            entries.append((.opcodeList2, .undefined(list)))
        }
        if let warp = frame.lensWarp {
            entries.append(
                (.opcodeList3, .undefined(DNGOpcode.opcodeList(warp, width: frame.width, height: frame.height))))
        }
        return entries
    }

    private static func noiseEntries(_ frame: RawFrame, _ capture: DNGCapture?) -> TIFFWriter.Directory {
        if let capture, capture.noiseProfile != nil { return capture.rawEntries }
        guard let noise = frame.noise else { return [] }
        let numbers = (0..<3).flatMap { [noise.scale[$0], noise.offset[$0]] }
        return [(.noiseProfile, .doubles(frame.pixelFormat.cfa == nil ? Array(numbers[..<2]) : numbers))]
    }

    /// All rows at `depth` bits, each from a whole byte: 8 and 16 bits little endian, others most significant bit first.
    private static func storedSamples(
        of frame: RawFrame, depth: Int, rowByteCount: Int, _ thumbnail: inout RawThumbnail
    ) -> [UInt8] {
        let row = UnsafeMutablePointer<UInt16>.allocate(capacity: frame.width)
        defer { row.deallocate() }
        return [UInt8](unsafeUninitializedCapacity: rowByteCount * frame.height) { bytes, count in
            for y in 0..<frame.height {
                frame.copySamples(row: y, into: row)
                thumbnail.add(UnsafeBufferPointer(start: row, count: frame.width), row: y)
                let target = UnsafeMutableBufferPointer(
                    rebasing: bytes[(y * rowByteCount)..<((y + 1) * rowByteCount)])
                store(row, frame.width, depth: depth, to: target)
            }
            count = rowByteCount * frame.height
        }
    }

    private static func store(
        _ samples: UnsafePointer<UInt16>, _ count: Int, depth: Int, to target: UnsafeMutableBufferPointer<UInt8>
    ) {
        switch depth {
        case 8: for x in 0..<count { target[x] = UInt8(truncatingIfNeeded: samples[x]) }
        case 16:
            for x in 0..<count {
                target[2 * x] = UInt8(truncatingIfNeeded: samples[x])
                target[2 * x + 1] = UInt8(truncatingIfNeeded: samples[x] >> 8)
            }
        default:
            var held: UInt32 = 0
            var heldBits = 0
            var position = 0
            for x in 0..<count {
                held = held << UInt32(depth) | UInt32(samples[x])
                heldBits += depth
                while heldBits >= 8 {
                    heldBits -= 8
                    target[position] = UInt8(truncatingIfNeeded: held >> UInt32(heldBits))
                    position += 1
                }
            }
            if heldBits > 0 { target[position] = UInt8(truncatingIfNeeded: held << UInt32(8 - heldBits)) }
        }
    }
}
