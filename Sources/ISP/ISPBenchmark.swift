package import Imaging
package import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// Times of the whole chain on a frame of noise, for `fovea bench`.
package enum ISPBenchmark {
    package struct Result: Sendable {
        /// `half SRGGB10_CSI2P → rgb8`, …
        package var name: String
        /// Samples of the mosaic.
        package var sampleCount: Int
        /// Wall time of each run, in the order they were made.
        package var seconds: [Double]
        /// Processor time of each run, over all threads of the process: what a busy machine does not spoil as much.
        package var processorSeconds: [Double]

        /// Millions of samples a second of wall time in the median run.
        package var megasamplesPerSecond: Double { rate(seconds) }
        /// Millions of samples a second of processor time in the median run.
        package var megasamplesPerProcessorSecond: Double { rate(processorSeconds) }

        private func rate(_ times: [Double]) -> Double {
            Double(sampleCount) / (times.sorted()[times.count / 2] * 1e6)
        }
    }

    /// Develops a frame of the given size by each method in turn into a picture that is used again, `repetitions` times
    /// each after one run to warm up.
    package static func run(
        width: Int = 4056, height: Int = 3040,
        formats: [PixelFormat] = [
            PixelFormat(cfa: .rggb, bitDepth: 10, packing: .csi2), PixelFormat(cfa: .rggb, bitDepth: 10),
            PixelFormat(cfa: .rggb, bitDepth: 12, packing: .csi2),
        ],
        orientation: Orientation = .up, repetitions: Int = 9, parallelism: Parallelism = .serial
    ) throws(ISPError) -> [Result] {
        precondition(width >= 2 && height >= 2 && repetitions > 0)
        let developer = Developer(profile: .standard)
        var results: [Result] = []
        for format in formats {
            let frame = noise(width: width, height: height, format: format, orientation: orientation)
            var parameters = try developer.parameters(for: frame)
            let methods = Demosaic.allCases
            let pictures = try methods.map { demosaic throws(ISPError) in
                parameters.demosaic = demosaic
                return try developer.develop(frame, parameters: parameters, parallelism: parallelism)
            }
            var runs = methods.map { demosaic in
                Result(
                    name: "\(demosaic.rawValue) \(format.name) → rgb8", sampleCount: width * height, seconds: [],
                    processorSeconds: [])
            }
            // Methods take turns, so that a machine that slows down slows all of them.
            for _ in 0..<repetitions {
                for (index, demosaic) in methods.enumerated() {
                    parameters.demosaic = demosaic
                    let start = (now(CLOCK_MONOTONIC), now(CLOCK_PROCESS_CPUTIME_ID))
                    try developer.develop(
                        frame, parameters: parameters, into: pictures[index], parallelism: parallelism)
                    runs[index].seconds.append(now(CLOCK_MONOTONIC) - start.0)
                    runs[index].processorSeconds.append(now(CLOCK_PROCESS_CPUTIME_ID) - start.1)
                }
            }
            results += runs
        }
        return results
    }

    private static func noise(
        width: Int, height: Int, format: PixelFormat, orientation: Orientation
    ) -> RawFrame {
        let storage = ByteStorage(byteCount: format.minimumRowStride(width: width) * height)
        let bytes = storage.mutableBytes
        let isWide = format.packing == .unpacked && format.bitDepth > 8
        var state: UInt64 = 1
        for index in 0..<bytes.count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let byte = UInt8(truncatingIfNeeded: state >> 56)
            // The upper bytes of unpacked samples stay within the depth.
            bytes[index] = isWide && index & 1 == 1 ? byte >> (16 - format.bitDepth) : byte
        }
        let black = Double(1 << (format.bitDepth - 4))
        return RawFrame(
            width: width, height: height, pixelFormat: format, storage: storage,
            blackLevel: [black, black, black, black], whiteBalanceGains: SIMD3(2, 1, 1.5),
            cameraToSRGB: ColorMatrix([1.7, -0.5, -0.2, -0.3, 1.6, -0.3, 0.05, -0.6, 1.55]), orientation: orientation)
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
