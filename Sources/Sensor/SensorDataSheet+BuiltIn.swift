import Imaging
import Tensors

extension SensorDataSheet {
    /// The data sheets that come with Fovea.
    package static let builtIn: [SensorDataSheet] = [.imx500]

    /// The built-in sensor called `name`, or the data sheet in the file `name` when it ends in `.json`.
    package static func named(_ name: String) throws(SensorError) -> SensorDataSheet {
        if let sheet = builtIn.first(where: { $0.name == name }) { return sheet }
        guard name.hasSuffix(".json") else {
            throw .unknownSensor(name: name, known: builtIn.map(\.name))
        }
        let bytes: ByteStorage
        do { bytes = try ByteStorage.reading(path: name, maximumByteCount: 1 << 20) } catch { throw .file(error) }
        return try SensorDataSheet(json: bytes.bytes)
    }

    /// Sony IMX500, 1.55 µm pixels, 10-bit Bayer over CSI-2.
    ///
    /// Array, modes, black level, gain range, colour matrices and white points as Raspberry Pi publishes them (Linux
    /// driver imx500.c and the camera tuning file); its noise slope of 2.747 at 16 bits gives the conversion gain of
    /// 7.5 DN₁₆ per electron and with it the full well; the lens is that of the Raspberry Pi AI Camera, 3.16 times as bright
    /// in the middle as in the corners. Sony publishes no read noise, non-uniformity, responsivity, dark current or
    /// defects: those are typical of back-illuminated pixels of this size.
    package static let imx500 = SensorDataSheet(
        name: "imx500",
        summary: "Sony IMX500, 12.3 megapixels, 1/2.3 inch",
        modes: [
            Mode(
                name: "2028x1520", width: 2028, height: 1520, framesPerSecond: 30, binning: 2, pixelFormat: .imx500,
                rowAlignment: 32, blackLevel: 64, conversionGain: 0.1172, lineTime: 9398 / 744e6),
            Mode(
                name: "4056x3040", width: 4056, height: 3040, framesPerSecond: 10, binning: 1, pixelFormat: .imx500,
                rowAlignment: 32, blackLevel: 64, conversionGain: 0.1172, lineTime: 17_900 / 744e6),
        ],
        fullWell: 8700,
        readNoise: 2.5,
        rowNoise: 0,
        columnNoise: 0,
        photoResponseNonUniformity: 0.008,
        darkSignalNonUniformity: 0.8,
        darkCurrent: 3,
        hotPixels: HotPixels(fraction: 0.000_02, darkCurrent: 4000),
        deadPixels: 0.000_002,
        stuckPixels: 0.000_002,
        responsivity: 5500,
        analogGain: 1...22.3,
        gainCode: GainCode(m0: 0, c0: 1024, m1: -1, c1: 1024, maximum: 978),
        networkMemory: 8_388_480,
        timing: ControlTiming(minimumExposureRows: 8, exposureMarginRows: 22, exposureDelay: 2, gainDelay: 2),
        lens: Lens(
            fNumber: 1.79, transmission: 0.9,
            shading: Shading(red: SIMD2(1.2, 1.05), green: SIMD2(1.2, 0.96), blue: SIMD2(1.15, 0.9))),
        colorCalibrations: [
            ColorCalibration(
                temperature: 2800,
                cameraToSRGB: ColorMatrix([
                    1.615, -0.291, -0.324, -0.365, 1.731, -0.366, 0.050, -1.118, 2.067,
                ]).rowNormalized),
            ColorCalibration(
                temperature: 5717,
                cameraToSRGB: ColorMatrix([
                    1.761, -0.594, -0.168, -0.335, 1.820, -0.485, -0.073, -0.427, 1.500,
                ]).rowNormalized),
        ],
        whitePoints: [
            WhitePoint(temperature: 2800, redToGreen: 0.713, blueToGreen: 0.357),
            WhitePoint(temperature: 3580, redToGreen: 0.567, blueToGreen: 0.509),
            WhitePoint(temperature: 4500, redToGreen: 0.479, blueToGreen: 0.598),
            WhitePoint(temperature: 5717, redToGreen: 0.412, blueToGreen: 0.665),
            WhitePoint(temperature: 7600, redToGreen: 0.361, blueToGreen: 0.714),
        ]
    )
}

extension PixelFormat {
    fileprivate static let imx500 = PixelFormat(cfa: .rggb, bitDepth: 10, packing: .csi2)
}
