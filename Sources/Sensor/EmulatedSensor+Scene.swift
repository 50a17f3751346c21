package import Imaging
package import Tensors

/// Pictures turned back into light, after Brooks, Mildenhall, Xue, Chen, Sharlet, Barron, "Unprocessing images for learned
/// raw denoising" (CVPR 2019, section 3): tone curve, colour matrix and white balance are undone in turn.
extension EmulatedSensor {
    /// What a sensor of this data sheet and mode sees of `picture`, a scene lit as `options` say.
    ///
    /// - Throws: `badOption` for a temperature outside 1000…40000 K.
    package func prepare(
        _ picture: Picture, orientation: Orientation = .up, options: SceneOptions = SceneOptions(),
        parallelism: Parallelism = .serial
    ) throws(SensorError) -> PreparedScene {
        let upright = picture.uprighted(from: orientation)
        let axes = ResamplingAxis.pair(
            source: (upright.width, upright.height), target: (mode.width, mode.height), fit: options.fit)
        let light = ToneInverse(options.tone, maximumSample: upright.format.bytesPerSample == 1 ? 255 : 65_535).light
        return try prepare(options: options, parallelism: parallelism) {
            let source = LightRows(upright, light: light, x: axes.x, y: axes.y)
            return { source.fill(&$0, row: $1) }
        }
    }

    /// What a sensor of this data sheet and mode sees of linear sRGB light at its own resolution.
    ///
    /// - Parameter band: called once for each band of rows; what it returns writes the interleaved light of one row, whose
    ///   number rises within the band.
    func prepare(
        options: SceneOptions, parallelism: Parallelism,
        band: @Sendable () -> (_ rgb: inout [Float], _ row: Int) -> Void
    ) throws(SensorError) -> PreparedScene {
        guard (1000...40_000).contains(options.temperature) else {
            throw .badOption(name: "temperature", detail: "must be 1000 to 40000 kelvin, is \(options.temperature)")
        }
        let cameraToSRGB = dataSheet.cameraToSRGB(temperature: options.temperature)
        guard let sRGBToCamera = cameraToSRGB.inverse else {
            throw .badDataSheet(
                field: "colorCalibrations", detail: "no inverse between two matrices, at \(options.temperature) K")
        }
        let gains = dataSheet.whiteBalanceGains(temperature: options.temperature)
        let camera = CameraLight(sRGBToCamera: sRGBToCamera, gains: gains)
        let shading = options.hasLensShading ? dataSheet.lens.shading : nil
        let width = mode.width
        let light = ByteStorage(byteCount: width * mode.height * 4, zeroed: false)
        parallelism.run(over: mode.height) { rows in
            let fill = band()
            var rgb = [Float](repeating: 0, count: 3 * width)
            for row in rows {
                fill(&rgb, row)
                let target = (light.base + row * width * 4).assumingMemoryBound(to: Float.self)
                rgb.withUnsafeBufferPointer { mosaic($0, row: row, camera, into: target) }
                if let shading { shade(target, row: row, shading) }
            }
        }
        return PreparedScene(
            width: width, height: mode.height, unit: .white, light: light, whiteBalanceGains: gains,
            cameraToSRGB: cameraToSRGB)
    }

    /// An even field that gives each pixel `electrons` photoelectrons on average in every exposure, for measurements.
    package func flatField(electrons mean: Double) -> PreparedScene {
        precondition((0...1e9).contains(mean))
        let count = mode.width * mode.height
        let storage = ByteStorage(byteCount: count * 4, zeroed: false)
        storage.base.bindMemory(to: Float.self, capacity: count).update(repeating: Float(mean), count: count)
        return PreparedScene(width: mode.width, height: mode.height, unit: .electrons, light: storage)
    }

    /// Infrared for each unit of the mean of red, green and blue.
    private static let infraredShare: Float = 0.25

    /// Keeps of each pixel the colour that its filter passes.
    private func mosaic(
        _ rgb: UnsafeBufferPointer<Float>, row: Int, _ camera: CameraLight, into target: UnsafeMutablePointer<Float>
    ) {
        let arrangement = mode.pixelFormat.arrangement
        let hasInfrared = arrangement == .infraredAtRed || arrangement == .infraredAtBlue
        for column in 0..<mode.width {
            let light = camera.light(red: rgb[3 * column], green: rgb[3 * column + 1], blue: rgb[3 * column + 2])
            let mean = (light.x + light.y + light.z) / 3
            // The colour filters of an RGB-IR sensor pass infrared too, of which a scene says nothing: a share of its light.
            let infrared = hasInfrared ? mean * Self.infraredShare : 0
            target[column] =
                switch mode.pixelFormat.color(row: row, column: column) {
                case .red: light.x + infrared
                case .green: light.y + infrared
                case .blue: light.z + infrared
                case .infrared: infrared
                case nil: mean
                }
        }
    }

    private func shade(_ light: UnsafeMutablePointer<Float>, row: Int, _ shading: SensorDataSheet.Shading) {
        let (middleX, middleY) = (Float(mode.width) / 2, Float(mode.height) / 2)
        let scale = 1 / (middleX * middleX + middleY * middleY)
        let y = Float(row) + 0.5 - middleY
        for column in 0..<mode.width {
            let terms =
                switch mode.pixelFormat.color(row: row, column: column) {
                case .red: shading.red
                case .blue: shading.blue
                case .green, .infrared, nil: shading.green
                }
            let x = Float(column) + 0.5 - middleX
            let r = (x * x + y * y) * scale
            light[column] /= 1 + Float(terms.x) * r + Float(terms.y) * (r * r)
        }
    }
}

/// Linear sRGB light to what the filters of a camera pass of it.
private struct CameraLight: Sendable {
    private let red: SIMD3<Float>
    private let green: SIMD3<Float>
    private let blue: SIMD3<Float>
    /// Inverse of the white-balance gains.
    private let response: SIMD3<Float>

    init(sRGBToCamera matrix: ColorMatrix, gains: SIMD3<Double>) {
        red = SIMD3(Float(matrix[0, 0]), Float(matrix[1, 0]), Float(matrix[2, 0]))
        green = SIMD3(Float(matrix[0, 1]), Float(matrix[1, 1]), Float(matrix[2, 1]))
        blue = SIMD3(Float(matrix[0, 2]), Float(matrix[1, 2]), Float(matrix[2, 2]))
        response = SIMD3(Float(1 / gains.x), Float(1 / gains.y), Float(1 / gains.z))
    }

    @inline(__always)
    func light(red r: Float, green g: Float, blue b: Float) -> SIMD3<Float> {
        var camera = red * r + green * g + blue * b
        camera.clamp(lowerBound: SIMD3(repeating: 0), upperBound: SIMD3(repeating: 16))
        // Near white the response goes to 1 for every colour, so that what was clipped in the picture clips again.
        let grey = (camera.x + camera.y + camera.z) / 3
        let excess = max(0, grey - 0.9) / (1 - 0.9)
        let mask = min(1, excess * excess)
        let preserved = SIMD3(repeating: mask) + response * (1 - mask)
        return camera * pointwiseMax(preserved, response)
    }
}
