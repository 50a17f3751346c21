import CKernels
import Imaging
import Sensor
import Tensors

extension SensorDataSheet {
    /// The built-in sensor with one small mode, quick to compute.
    static func small(
        width: Int = 200, height: Int = 120,
        format: PixelFormat = PixelFormat(cfa: .rggb, bitDepth: 10, packing: .csi2),
        binning: Int = 1, framesPerSecond: Double = 30
    ) -> SensorDataSheet {
        var sheet = SensorDataSheet.imx500
        sheet.modes = [
            Mode(
                name: "small", width: width, height: height, framesPerSecond: framesPerSecond, binning: binning,
                pixelFormat: format, rowAlignment: 32, blackLevel: 64, conversionGain: 0.1172)
        ]
        return sheet
    }
}

extension Parallelism {
    /// Cuts work into `width` pieces and runs them in reverse order: a result that depends on either is found out.
    static func backwards(width: Int) -> Parallelism {
        Parallelism(width: width) { count, piece in
            for index in (0..<count).reversed() { piece(index) }
        }
    }
}

extension Picture {
    /// A colourful picture without chance: ramps of different slopes in the three channels.
    static func ramps(width: Int, height: Int) -> Picture {
        let picture = Picture(width: width, height: height, format: .rgb8)
        for y in 0..<height {
            let row = picture.row(y).assumingMemoryBound(to: UInt8.self)
            for x in 0..<width {
                row[3 * x] = UInt8(x * 255 / max(1, width - 1))
                row[3 * x + 1] = UInt8(y * 255 / max(1, height - 1))
                row[3 * x + 2] = UInt8((x + y) * 255 / max(1, width + height - 2))
            }
        }
        return picture
    }

    static func even(_ red: UInt8, _ green: UInt8, _ blue: UInt8, width: Int, height: Int) -> Picture {
        let picture = Picture(width: width, height: height, format: .rgb8)
        let bytes = picture.storage.mutableBytes
        for pixel in 0..<width * height {
            bytes[3 * pixel] = red
            bytes[3 * pixel + 1] = green
            bytes[3 * pixel + 2] = blue
        }
        return picture
    }
}

extension RawFrame {
    /// SHA-256 of the bytes of all rows.
    var digest: String { withExtendedLifetime(storage) { SHA256.hex(of: sampleBytes) } }

    /// All samples of a frame in 10-bit CSI-2 or 16-bit form, row by row without padding.
    var samples: [UInt16] {
        let bytes = sampleBytes
        return (0..<height).flatMap { row in
            (0..<width).map { column in
                let start = row * rowStride
                switch (pixelFormat.packing, pixelFormat.bitDepth) {
                case (.csi2, 10):
                    let group = start + column / 4 * 5
                    return UInt16(bytes[group + column % 4]) << 2 | UInt16(bytes[group + 4] >> (2 * (column % 4)) & 3)
                case (.unpacked, 8): return UInt16(bytes[start + column])
                default: return UInt16(bytes[start + 2 * column]) | UInt16(bytes[start + 2 * column + 1]) << 8
                }
            }
        }
    }
}

func mean(_ values: some Collection<Double>) -> Double { values.reduce(0, +) / Double(values.count) }

func variance(_ values: some Collection<Double>) -> Double {
    let centre = mean(values)
    return values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(values.count - 1)
}
