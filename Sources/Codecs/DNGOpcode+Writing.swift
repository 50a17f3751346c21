internal import Imaging

extension DNGOpcode {
    /// The value of OpcodeList3 for a frame of `width` × `height`: one WarpRectilinear, which readers may leave out.
    ///
    /// The file's warp reaches from its centre to the frame's farthest corner; that of a crop is stretched to it.
    static func opcodeList(_ warp: LensWarp, width: Int, height: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ value: Int) { for shift in [24, 16, 8, 0] { bytes.append(UInt8(value >> shift & 255)) } }
        func append(_ value: Double) {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(shift)))
            }
        }
        let (right, bottom) = (Double(max(1, width - 1)), Double(max(1, height - 1)))
        let dx = max(abs(warp.centerX), abs(right - warp.centerX))
        let dy = max(abs(warp.centerY), abs(bottom - warp.centerY))
        // Term n of a radius s times as large is s²ⁿ times as large; tangential terms grow once.
        let stretch = (dx * dx + dy * dy).squareRoot() / warp.radius
        for value in [1, 1, 0x0103_0000, 1, 4 + 48 * warp.planes.count + 16, warp.planes.count] { append(value) }
        for plane in warp.planes {
            var factor = 1.0
            for term in 0..<4 {
                append(plane.radial[term] * factor)
                factor *= stretch * stretch
            }
            append(plane.tangential.x * stretch)
            append(plane.tangential.y * stretch)
        }
        append(warp.centerX / right)
        append(warp.centerY / bottom)
        return bytes
    }
}
