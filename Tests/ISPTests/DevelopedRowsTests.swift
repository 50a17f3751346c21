import ISP
import Imaging
import Tensors
import TestSupport
import Testing

@Suite("a picture made row by row")
struct DevelopedRowsTests {
    private func frame(_ width: Int, _ height: Int, cfa: CFAPattern?, orientation: Orientation = .up) -> RawFrame {
        var random = SplitMix64(seed: UInt64(width))
        let format = PixelFormat(cfa: cfa, bitDepth: 10, packing: .csi2)
        let bytes = (0..<format.minimumRowStride(width: width) * height).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
        return RawFrame(
            width: width, height: height, pixelFormat: format, storage: ByteStorage(bytes),
            blackLevel: [64, 65, 66, 67], whiteBalanceGains: SIMD3(2, 1, 1.5),
            cameraToSRGB: ColorMatrix([1.7, -0.5, -0.2, -0.3, 1.6, -0.3, 0.05, -0.6, 1.55]), orientation: orientation)
    }

    private func row(_ y: Int, of picture: Picture) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: picture.row(y), count: picture.width * picture.format.bytesPerPixel))
    }

    @Test(
        "has the rows of the whole picture, in whatever steps they are asked for", arguments: Demosaic.builtIn,
        [CFAPattern.rggb, .gbrg, nil])
    func rows(demosaic: Demosaic, cfa: CFAPattern?) throws {
        let frame = frame(47, 39, cfa: cfa)
        let developer = Developer(profile: .standard)
        var parameters = try developer.parameters(for: frame)
        parameters.demosaic = demosaic
        for format in [Picture.Format.rgb8, .rgb16] {
            let picture = try developer.develop(frame, parameters: parameters, format: format)
            let rows = try developer.rows(of: frame, parameters: parameters, format: format)
            #expect((rows.width, rows.height) == (picture.width, picture.height))
            for (first, step) in [(0, 1), (3, 1), (1, 5)] {
                let window = 3
                let reader = rows.makeReader(window: window)
                var held: [(y: Int, pointer: UnsafePointer<UInt8>)] = []
                for y in stride(from: first, to: rows.height, by: step) {
                    held.append((y, reader.row(y)))
                    // Rows of the window stay as they are, and are given again when asked for again.
                    held.removeAll { $0.y <= y - window }
                    for (y, pointer) in held {
                        let bytes = Array(UnsafeBufferPointer(start: pointer, count: rows.width * format.bytesPerPixel))
                        #expect(bytes == row(y, of: picture))
                        #expect(reader.row(y) == pointer)
                    }
                }
            }
        }
    }

    @Test("is stored as the frame is, and says how it lies", arguments: Orientation.allCases)
    func orientation(orientation: Orientation) throws {
        let frame = frame(30, 20, cfa: .grbg, orientation: orientation)
        let developer = Developer(profile: .standard)
        let rows = try developer.rows(of: frame, parameters: developer.parameters(for: frame))
        #expect(rows.orientation == orientation)
        #expect((rows.width, rows.height) == (30, 20))
    }
}
