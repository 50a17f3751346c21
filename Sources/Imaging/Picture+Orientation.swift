extension Picture {
    /// The upright picture of one whose stored pixels lie in `orientation`.
    package func uprighted(from orientation: Orientation) -> Picture {
        if orientation == .up { return self }
        let size = orientation.uprightSize(width: width, height: height)
        let result = Picture(width: size.width, height: size.height, format: format)
        let pixel = format.bytesPerPixel
        for y in 0..<size.height {
            // Along an upright row the stored position moves in constant steps.
            let first = orientation.storedPosition(x: 0, y: y, width: width, height: height)
            let second = orientation.storedPosition(x: 1, y: y, width: width, height: height)
            let step = (second.y - first.y) * rowStride + (second.x - first.x) * pixel
            var source = UnsafeRawPointer(row(first.y) + first.x * pixel)
            var target = result.row(y)
            switch pixel {
            case 1: copy(size.width, &source, step, &target, as: UInt8.self)
            case 2: copy(size.width, &source, step, &target, as: UInt16.self)
            case 3: copyTriples(size.width, &source, step, &target, as: UInt8.self)
            default: copyTriples(size.width, &source, step, &target, as: UInt16.self)
            }
        }
        return result
    }

    @inline(__always)
    private func copy<Sample: BitwiseCopyable>(
        _ count: Int, _ source: inout UnsafeRawPointer, _ step: Int, _ target: inout UnsafeMutableRawPointer,
        as type: Sample.Type
    ) {
        for _ in 0..<count {
            target.storeBytes(of: source.loadUnaligned(as: Sample.self), as: Sample.self)
            target += MemoryLayout<Sample>.size
            source += step
        }
    }

    @inline(__always)
    private func copyTriples<Sample: BitwiseCopyable>(
        _ count: Int, _ source: inout UnsafeRawPointer, _ step: Int, _ target: inout UnsafeMutableRawPointer,
        as type: Sample.Type
    ) {
        let width = MemoryLayout<Sample>.size
        for _ in 0..<count {
            for channel in 0..<3 {
                target.storeBytes(
                    of: source.loadUnaligned(fromByteOffset: channel * width, as: Sample.self),
                    toByteOffset: channel * width, as: Sample.self)
            }
            target += 3 * width
            source += step
        }
    }
}
