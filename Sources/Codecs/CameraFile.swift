internal import CCodecs
package import Imaging
package import Tensors

/// Files of cameras (CR2, CR3, NEF, ARW, RAF, ORF, RW2, PEF, …), decoded by LibRaw where it is installed.
///
/// The samples, their levels, the gains for the light of the scene, the colour matrix and the orientation are taken; all else
/// is our own development. Margins are left out.
package enum CameraFile {
    /// Whether a file that is no TIFF begins as one of a camera does.
    static func recognise(_ bytes: UnsafeRawBufferPointer) -> Bool {
        func holds(_ text: String, at offset: Int) -> Bool {
            let magic = Array(text.utf8)
            guard bytes.count >= offset + magic.count else { return false }
            return bytes[offset..<offset + magic.count].elementsEqual(magic)
        }
        let beginnings = [
            "FUJIFILM", "IIRO", "IIRS", "MMOR", "IIU\0", "\0MRM", "FOVb",
        ]
        return beginnings.contains { holds($0, at: 0) } || holds("ftypcrx ", at: 4) || holds("HEAPCCDR", at: 6)
    }

    /// What is missing to read camera files; `nil` when nothing is.
    package static var missing: String? { cc_camera_raw_missing().map { String(cString: $0) } }

    /// - Throws: `CodecError.unsupported` without LibRaw, for a file that it does not know, and for mosaics that are not of red, green
    ///   and blue in 4×4 (X-Trans, Foveon).
    package static func decode(_ bytes: ByteStorage, limits: DecodeLimits = .standard) throws(CodecError) -> RawFrame {
        let format = "camera file"
        guard limits.readsCameraFiles else {
            throw .unsupported(format: format, field: "format", detail: "reading them is switched off")
        }
        defer { withExtendedLifetime(bytes) {} }
        var handle: OpaquePointer?
        var info = cc_camera_raw_info()
        try cc_camera_raw_open(
            bytes.base.assumingMemoryBound(to: UInt8.self), bytes.byteCount, &handle, &info
        ).check(format: format, limit: limits.maximumPixelCount)
        guard let handle else { throw .unsupported(format: format, field: "data", detail: "could not be opened") }
        defer { cc_camera_raw_close(handle) }
        let (width, height) = (Int(info.width), Int(info.height))
        // Room for all samples, margins too, and LibRaw's copies of the picture's.
        var unasked = limits
        unasked.admit = { (_) throws(CodecError) in }
        try unasked.check(width: Int(info.stored_width), height: Int(info.stored_height), format: format)
        try limits.check(width: width, height: height, format: format)

        let storage = ByteStorage(byteCount: 2 * width * height, zeroed: false)
        var black = (0.0, 0.0, 0.0, 0.0)
        var white = 0.0
        let status = withUnsafeMutableBytes(of: &black) { black in
            cc_camera_raw_read(
                handle, storage.base.assumingMemoryBound(to: UInt16.self),
                black.assumingMemoryBound(to: Double.self).baseAddress, &white)
        }
        try status.check(format: format, limit: limits.maximumPixelCount)
        let levels = [black.0, black.1, black.2, black.3]
        guard white > 0, white <= 65535, levels.allSatisfy({ $0 < white }) else {
            throw .malformed(format: format, field: "levels", detail: "black is \(levels), white \(white)")
        }
        let colors = withUnsafeBytes(of: info.colors) { Array($0) }
        var pixelFormat = PixelFormat(cfa: nil, bitDepth: 16)
        if colors[0] != 255 {
            guard let mosaic = PixelFormat.mosaic(of: colors.compactMap { CFAColor(rawValue: Int($0)) }) else {
                throw .unsupported(format: format, field: "mosaic", detail: "the colours \(colors)")
            }
            pixelFormat = PixelFormat(cfa: mosaic.order, bitDepth: 16, arrangement: mosaic.arrangement)
        }
        let gains = SIMD3(info.gains.0, info.gains.1, info.gains.2)
        let hasGains = (0..<3).allSatisfy { gains[$0].isFinite && gains[$0] > 0 }
        let matrix = withUnsafeBytes(of: info.camera_to_srgb) { Array($0.bindMemory(to: Double.self)) }
        let hasMatrix = matrix.allSatisfy { abs($0) <= 100 } && matrix.contains { $0 != 0 }
        return RawFrame(
            width: width, height: height, pixelFormat: pixelFormat, storage: storage, blackLevel: levels,
            whiteLevel: white, whiteBalanceGains: hasGains && pixelFormat.cfa != nil ? gains / gains.y : nil,
            cameraToSRGB: hasMatrix && pixelFormat.cfa != nil ? ColorMatrix(matrix).rowNormalized : nil,
            orientation: Orientation(rawValue: Int(info.orientation)) ?? .up)
    }
}
