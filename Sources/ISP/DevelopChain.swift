internal import CKernels
internal import Imaging
internal import Tensors

/// One frame's way to a picture, laid out: which kernels run on each row, with which numbers.
///
/// Row by row: unpack, mend and denoise, linearise into a ring of rows, demosaic to three planes, colour matrix, sharpen, tone
/// and interleaving.
/// What is between two stages is a few rows and stays in the cache.
struct DevelopChain: Sendable {
    let frame: RawFrame
    let cfa: CFAPattern?
    let demosaic: Demosaic
    let format: Picture.Format
    /// Size of the picture before it is turned upright.
    let width: Int
    let height: Int
    let tone: ToneTable?
    /// Whether no stage but the demosaic changes a sample, and samples are stored as the picture's are.
    let keepsSamples: Bool
    /// What is done to the samples first; `nil`: nothing.
    let cleaning: MosaicCleaning?
    let sharpening: Sharpening?
    /// For even and odd rows of the mosaic.
    private let linearity: (ck_linearity, ck_linearity)
    private let shading: ShadingTable?
    /// How the lens's distortion is undone; `nil`: not at all.
    let warp: ck_warp?
    /// What a network outside has made of the mosaic.
    private(set) var interpolated: NetworkPlanes?
    /// `nil` when the planes already are what the tone stage takes.
    private let color: ck_color?

    /// Rows that are developed between two questions whether to go on, and turned upright together.
    static let stripHeight = 32

    init(
        frame: RawFrame, parameters: DevelopParameters, tone: ToneTable?, format: Picture.Format
    ) throws(ISPError) {
        guard frame.pixelFormat.arrangement == .bayer else {
            throw .unsupported(
                field: "pixelFormat", detail: "\(frame.pixelFormat.name): it is turned into a Bayer mosaic first")
        }
        cfa = frame.pixelFormat.cfa
        if cfa != nil && format.channels == 1 {
            throw .unsupported(field: "format", detail: "\(format.rawValue) of a colour frame; there is rgb8, rgb16")
        }
        if (cfa != nil || parameters.demosaic == .half) && (frame.width < 2 || frame.height < 2) {
            throw .argument(
                field: "size", detail: "\(frame.width)x\(frame.height) is smaller than the 2x2 block of colours")
        }
        self.frame = frame
        self.tone = tone
        self.format = format
        demosaic = parameters.demosaic
        let divisor = demosaic == .half ? 2 : 1
        width = frame.width / divisor
        height = frame.height / divisor

        // The tone tables are indexed by square roots. Blocks are binned in linear light; a monochrome frame has nothing
        // to interpolate, so its samples go straight to what the tone stage takes.
        let tonesRoots = tone != nil
        let holdsRoots: Bool
        if demosaic == .half {
            holdsRoots = false
        } else if cfa == nil {
            holdsRoots = tonesRoots
        } else {
            holdsRoots = parameters.domain == .squareRoot
        }
        let scales = parameters.siteScales(cfa: cfa)
        cleaning = MosaicCleaning(parameters, frame: frame)
        sharpening = parameters.sharpening.amount > 0 ? parameters.sharpening : nil
        // Cleaned samples are larger by a power of two, which changes no bit of the result.
        let fraction = Double(1 << (cleaning?.fractionBits ?? 0))
        let fullScale = (holdsRoots ? 65535.0 * 65535.0 : 65535.0) / fraction
        func rowLinearity(_ row: Int) -> ck_linearity {
            ck_linearity(
                black: (
                    Float(parameters.blackLevel[2 * row] * fraction),
                    Float(parameters.blackLevel[2 * row + 1] * fraction)
                ),
                scale: (Float(scales[2 * row] * fullScale), Float(scales[2 * row + 1] * fullScale)),
                root: holdsRoots ? 1 : 0)
        }
        linearity = (rowLinearity(0), rowLinearity(1))
        shading = parameters.lensShading.map { ShadingTable($0, width: frame.width) }
        warp = Self.warp(parameters.lensWarp, width: width, height: height, divisor: divisor, format: format)
        let matrix = parameters.colorMatrix
        if matrix == .identity && holdsRoots == tonesRoots {
            color = nil
        } else {
            let m = matrix.coefficients.map { Float($0) }
            color = ck_color(
                matrix: (m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8]), squared: holdsRoots ? 1 : 0,
                root: tonesRoots ? 1 : 0)
        }
        keepsSamples =
            tone == nil && color == nil && shading == nil && cleaning == nil && sharpening == nil && !holdsRoots
            && scales.allSatisfy { $0 * Double(format.maximumSample) == 1 }
            && parameters.blackLevel.allSatisfy { $0 == 0 }
            && frame.pixelFormat.packing == .unpacked && frame.pixelFormat.bitDepth == 8 * format.bytesPerSample
            // Wide samples are read in place.
            && (format.bytesPerSample == 1 || (frame.byteOffset | frame.rowStride) & 1 == 0)
    }

    /// A picture to run into, its pixels not yet set.
    func makePicture() -> Picture {
        let size = frame.orientation.uprightSize(width: width, height: height)
        let rowStride = size.width * format.bytesPerPixel
        return Picture(
            width: size.width, height: size.height, format: format, rowStride: rowStride,
            storage: ByteStorage(byteCount: rowStride * size.height, zeroed: false))
    }

    /// Runs the chain over all rows on this thread, and says where its time went.
    func run(into picture: Picture, timer: StageTimer) {
        let band = StraightBand(chain: self, timer: timer)
        let writer = UprightWriter(picture: picture, width: width, height: height, orientation: frame.orientation)
        for start in stride(from: 0, to: height, by: Self.stripHeight) {
            let strip = start..<min(start + Self.stripHeight, height)
            for y in strip { band.developRow(y, into: writer.row(y, in: strip)) }
            writer.finish(strip)
        }
    }

    /// Lets the network interpolate the whole mosaic, where the method is one: before any row is developed.
    ///
    /// - Throws: `ISPError.unsupported` when there is none.
    mutating func interpolate(
        by network: (any DemosaicNetwork)?, parallelism: Parallelism, isCancelled: @Sendable () -> Bool
    ) throws(ISPError) {
        guard demosaic == .demosaicnet, let cfa else { return }
        guard let network else {
            throw .unsupported(field: "demosaic", detail: "demosaicnet, whose network this program was not given")
        }
        interpolated = try NetworkPlanes(
            self, cfa: cfa, network: network, parallelism: parallelism, isCancelled: isCancelled)
    }

    /// Runs the chain over all rows.
    func run(
        into picture: Picture, parallelism: Parallelism, isCancelled: @Sendable () -> Bool
    ) throws(ISPError) {
        let size = frame.orientation.uprightSize(width: width, height: height)
        precondition(
            picture.width == size.width && picture.height == size.height && picture.format == format,
            "a frame is developed into a picture of its size and format")
        parallelism.run(over: height, granularity: Self.stripHeight) { rows in
            let band = StraightBand(chain: self)
            let writer = UprightWriter(picture: picture, width: width, height: height, orientation: frame.orientation)
            for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.stripHeight) {
                if isCancelled() { return }
                let strip = start..<min(start + Self.stripHeight, rows.upperBound)
                for y in strip { band.developRow(y, into: writer.row(y, in: strip)) }
                writer.finish(strip)
            }
        }
        if isCancelled() { throw .cancelled }
    }

    func unpackRow(_ y: Int, into target: UnsafeMutablePointer<UInt16>) { frame.unpackRow(y, into: target) }

    /// Linearises row `y` of the mosaic.
    func linearizeRow(_ y: Int, _ samples: UnsafePointer<UInt16>, into target: UnsafeMutablePointer<UInt16>) {
        withUnsafePointer(to: y & 1 == 0 ? linearity.0 : linearity.1) { linearity in
            if let shading {
                withUnsafePointer(to: shading.gains(row: y)) {
                    ck_u16_linearize_shaded(samples, frame.width, linearity, $0, target)
                }
            } else {
                ck_u16_linearize(samples, frame.width, linearity, target)
            }
        }
    }

    /// Camera colours → the picture's, in place.
    func colorRow(_ planes: Planes) {
        if let color {
            withUnsafePointer(to: color) { ck_u16_color(planes.red, planes.green, planes.blue, width, $0) }
        }
    }

    /// Planes → pixels.
    func toneRow(_ planes: Planes, into target: UnsafeMutableRawPointer) {
        if let tone {
            withUnsafePointer(to: tone.kernelTables) {
                interleave(planes.red, planes.green, planes.blue, $0, target)
            }
        } else {
            interleave(planes.red, planes.green, planes.blue, nil, target)
        }
    }

    private func interleave(
        _ red: UnsafePointer<UInt16>, _ green: UnsafePointer<UInt16>, _ blue: UnsafePointer<UInt16>,
        _ tone: UnsafePointer<ck_tone>?, _ target: UnsafeMutableRawPointer
    ) {
        switch format {
        case .gray8: ck_u16_tone_gray8(green, width, tone, target.assumingMemoryBound(to: UInt8.self))
        case .gray16: ck_u16_tone_gray16(green, width, tone, target.assumingMemoryBound(to: UInt16.self))
        case .rgb8: ck_u16_tone_rgb8(red, green, blue, width, tone, target.assumingMemoryBound(to: UInt8.self))
        case .rgb16: ck_u16_tone_rgb16(red, green, blue, width, tone, target.assumingMemoryBound(to: UInt16.self))
        }
    }
}
