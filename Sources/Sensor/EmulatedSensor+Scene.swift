package import Imaging
package import Tensors

/// Pictures turned back into light, after Brooks, Mildenhall, Xue, Chen, Sharlet, Barron, "Unprocessing images for learned
/// raw denoising" (CVPR 2019, section 3): tone curve, colour matrix and white balance are undone in turn.
extension EmulatedSensor {
    /// What this sensor sees of `picture`, a scene lit as `options` say.
    ///
    /// - Throws: `badOption` for a temperature outside 1000…40000 K.
    package func prepare(
        _ picture: Picture, orientation: Orientation = .up, options: SceneOptions = SceneOptions(),
        parallelism: Parallelism = .serial
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
        let upright = picture.uprighted(from: orientation)
        let axes = ResamplingAxis.pair(
            source: (upright.width, upright.height), target: (mode.width, mode.height), fit: options.fit)
        let light = ToneInverse(options.tone, maximumSample: upright.format.bytesPerSample == 1 ? 255 : 65_535).light
        let camera = CameraLight(sRGBToCamera: sRGBToCamera, gains: gains)

        let width = mode.width
        let electrons = ByteStorage(byteCount: width * mode.height * 4, zeroed: false)
        parallelism.run(over: mode.height) { rows in
            let source = LightRows(upright, light: light, x: axes.x, y: axes.y)
            var rgb = [Float](repeating: 0, count: 3 * width)
            let pattern = PatternRow(width: width)
            for row in rows {
                source.fill(&rgb, row: row)
                pattern.fill(self.pattern, row: row)
                let target = (electrons.base + row * width * 4).assumingMemoryBound(to: Float.self)
                rgb.withUnsafeBufferPointer { mosaic($0, row: row, camera, into: target) }
                expect(target, pattern)
            }
        }
        return PreparedScene(
            width: width, height: mode.height, electrons: electrons, whiteBalanceGains: gains,
            cameraToSRGB: cameraToSRGB)
    }

    /// An even field that gives each pixel `electrons` photoelectrons on average, for measurements.
    package func flatField(electrons mean: Double) -> PreparedScene {
        precondition((0...1e9).contains(mean))
        let width = mode.width
        let storage = ByteStorage(byteCount: width * mode.height * 4, zeroed: false)
        let pattern = PatternRow(width: width)
        for row in 0..<mode.height {
            pattern.fill(self.pattern, row: row)
            let target = (storage.base + row * width * 4).assumingMemoryBound(to: Float.self)
            for column in 0..<width { target[column] = Float(mean) }
            expect(target, pattern)
        }
        return PreparedScene(width: width, height: mode.height, electrons: storage)
    }

    /// Electrons that saturate the read-out: the converter's range, or the well if that is smaller.
    package var saturation: Double {
        min(Double(fullWell), (Double(ceiling) - mode.blackLevel) / Double(gain))
    }

    /// Keeps of each pixel the colour that its filter passes, in electrons.
    private func mosaic(
        _ rgb: UnsafeBufferPointer<Float>, row: Int, _ camera: CameraLight, into target: UnsafeMutablePointer<Float>
    ) {
        let scale = Float(saturation * settings.brightness)
        for column in 0..<mode.width {
            let light = camera.light(red: rgb[3 * column], green: rgb[3 * column + 1], blue: rgb[3 * column + 2])
            let passed: Float =
                switch mode.pixelFormat.cfa?.color(row: row, column: column) {
                case .red: light.x
                case .green: light.y
                case .blue: light.z
                case nil: (light.x + light.y + light.z) / 3
                }
            target[column] = passed * scale
        }
    }

    /// Turns the light of a row into what its pixels gather: each by its own sensitivity and dark current.
    private func expect(_ electrons: UnsafeMutablePointer<Float>, _ pattern: PatternRow) {
        let pixels = Double(mode.binning * mode.binning)
        let nonUniformity = Float(dataSheet.photoResponseNonUniformity / Double(mode.binning))
        let dark = Float(dataSheet.darkCurrent * settings.exposureTime * pixels)
        // A binned value is hot when any of its pixels is.
        let hotShare = min(1, dataSheet.hotPixels.fraction * pixels)
        let hotLimit = UInt64(hotShare * 0x1p32)
        let hotScale = hotLimit > 0 ? 2 * dataSheet.hotPixels.darkCurrent * settings.exposureTime / Double(hotLimit) : 0
        for column in 0..<mode.width {
            var mean = electrons[column] * max(0, 1 + pattern.first[column] * nonUniformity) + dark
            let word = pattern.uniform[column]
            if UInt64(word) < hotLimit { mean += Float(Double(word) * hotScale) }
            electrons[column] = min(mean, 0x1p28)
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
