package import Imaging
package import Tensors

extension RawDescription {
    /// The frame whose samples `bytes` holds bare. Nothing is copied, except 16-bit samples at an odd address.
    ///
    /// Rows start `rowStride` bytes apart after `offset` bytes. Less than one row of padding may follow the last row.
    ///
    /// - Throws: `CodecError.argument` for a value that is missing, out of range or contradicts another, `limitExceeded`
    ///   for a size over `limits`, `malformed` when there are too few or too many bytes.
    package func frame(over bytes: ByteStorage, limits: DecodeLimits = .standard) throws(CodecError) -> RawFrame {
        try check()
        let width = try required(width, "width")
        let height = try required(height, "height")
        let format = try required(pixelFormat, "pixelFormat")
        try limits.check(width: width, height: height, format: "raw")
        if format.cfa != nil, width < 2 || height < 2 {
            throw .argument(
                field: width < 2 ? "width" : "height", detail: "is 1, but a Bayer mosaic is at least 2 on either axis")
        }

        let minimumStride = format.minimumRowStride(width: width)
        let stride = rowStride ?? minimumStride
        guard stride >= minimumStride else {
            throw .argument(
                field: "rowStride",
                detail: "is \(stride), but \(width) samples of \(format.name) take \(minimumStride) bytes")
        }
        let samplesAreWords = format.packing == .unpacked && format.bitDepth > 8
        if samplesAreWords, stride % 2 != 0 {
            throw .argument(field: "rowStride", detail: "is \(stride), but samples of \(format.name) take 2 bytes")
        }

        let start = offset ?? 0
        let (rows, overflow) = stride.multipliedReportingOverflow(by: height - 1)
        let (end, endOverflow) = rows.addingReportingOverflow(minimumStride)
        let needed = overflow || endOverflow ? Int.max : end
        let frameText = "\(width)×\(height) \(format.name) with rows of \(stride) bytes takes \(needed)"
        guard start <= bytes.byteCount, needed <= bytes.byteCount - start else {
            throw .malformed(
                format: "raw", field: "length",
                detail: "\(bytes.byteCount) bytes\(start > 0 ? ", \(start) of them before the frame" : ""), "
                    + "but \(frameText)")
        }
        // Padding up to the stride belongs to the last row; after it may come less than one more row.
        guard bytes.byteCount - start - rows < 2 * stride else {
            throw .malformed(
                format: "raw", field: "length",
                detail: "\(bytes.byteCount - start - needed) bytes too many: \(frameText)")
        }

        var storage = bytes
        var byteOffset = start
        if samplesAreWords, Int(bitPattern: bytes.base + start) % 2 != 0 {
            storage = ByteStorage(
                copying: UnsafeRawBufferPointer(rebasing: bytes.bytes[start..<start + needed]))
            byteOffset = 0
        }
        let frame = RawFrame(
            width: width, height: height, pixelFormat: format, rowStride: stride, storage: storage,
            byteOffset: byteOffset)
        return try overriding(frame)
    }

    /// `frame`, decoded from a file of the named format, with what this description gives put over what the file says.
    ///
    /// - Throws: `CodecError.argument` when size or pixel format contradict the file, when `rowStride` or `offset` are
    ///   given (a file has its own), or when the levels do not fit the samples.
    package func applying(to frame: RawFrame, format: String = "DNG") throws(CodecError) -> RawFrame {
        try check()
        try checkSize(width: frame.width, height: frame.height, format: format)
        if let pixelFormat, pixelFormat != frame.pixelFormat {
            throw .argument(
                field: "pixelFormat",
                detail: "is \(pixelFormat.name), but the \(format) holds \(frame.pixelFormat.name)")
        }
        return try overriding(frame)
    }

    /// A picture decoded from a file, with the orientation that this description gives, if any.
    ///
    /// - Throws: `CodecError.argument` when the size contradicts the file, or a field that only raw samples have is given.
    func applying(
        to decoded: (picture: Picture, orientation: Orientation), format: String
    ) throws(CodecError) -> SourceImage {
        try check()
        try checkSize(width: decoded.picture.width, height: decoded.picture.height, format: format)
        let rawOnly: [(String, Bool)] = [
            ("pixelFormat", pixelFormat != nil), ("blackLevel", blackLevel != nil),
            ("whiteLevel", whiteLevel != nil), ("whiteBalanceGains", whiteBalanceGains != nil),
            ("cameraToSRGB", cameraToSRGB != nil), ("calibrations", calibrations != nil),
        ]
        if let (field, _) = rawOnly.first(where: \.1) {
            throw .argument(field: field, detail: "describes raw samples, but the bytes are a \(format) picture")
        }
        return .picture(decoded.picture, orientation: orientation ?? decoded.orientation)
    }

    private func checkSize(width: Int, height: Int, format: String) throws(CodecError) {
        for (field, stated, actual) in [("width", self.width, width), ("height", self.height, height)] {
            if let stated, stated != actual {
                throw .argument(field: field, detail: "is \(stated), but the \(format) says \(actual)")
            }
        }
        for (field, stated) in [("rowStride", rowStride), ("offset", offset)] where stated != nil {
            throw .argument(field: field, detail: "is for bare raw, but the bytes are \(format)")
        }
    }

    private func overriding(_ frame: RawFrame) throws(CodecError) -> RawFrame {
        var frame = frame
        if let blackLevel {
            frame.blackLevel = blackLevel.count == 1 ? [Double](repeating: blackLevel[0], count: 4) : blackLevel
        }
        if let whiteLevel { frame.whiteLevel = whiteLevel }
        if let gains = whiteBalanceGains { frame.whiteBalanceGains = gains / gains.y }
        if let cameraToSRGB { frame.cameraToSRGB = cameraToSRGB }
        if let calibrations {
            frame.color = SensorColor(calibrations: calibrations.sorted { $0.temperature < $1.temperature })
        }
        if let orientation { frame.orientation = orientation }
        if let sequence { frame.sequence = sequence }
        if let timestamp { frame.timestamp = timestamp }

        let maximum = frame.pixelFormat.maximumSample
        guard frame.whiteLevel <= Double(maximum) else {
            throw .argument(
                field: "whiteLevel",
                detail: "is \(frame.whiteLevel), but samples of \(frame.pixelFormat.name) end at \(maximum)")
        }
        if let black = frame.blackLevel.first(where: { $0 >= frame.whiteLevel }) {
            throw .argument(
                field: "blackLevel", detail: "is \(black), but must be below the white level, \(frame.whiteLevel)")
        }
        return frame
    }

    private func required<Value>(_ value: Value?, _ field: String) throws(CodecError) -> Value {
        guard let value else {
            throw .argument(
                field: field, detail: "is missing: bare raw needs width, height and pixelFormat")
        }
        return value
    }
}
