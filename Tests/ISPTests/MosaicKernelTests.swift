import CKernels
import TestSupport
import Testing

private typealias Samples = UnsafeMutablePointer<UInt16>
private typealias ReadSamples = UnsafePointer<UInt16>
private typealias Rows = UnsafePointer<UnsafePointer<UInt16>?>

private struct MosaicKernels: CustomTestStringConvertible, @unchecked Sendable {
    var testDescription: String
    var defects: (Rows?, Int, UnsafePointer<ck_defects>?, Samples?) -> Int
    var stabilize: (ReadSamples?, Int, UnsafePointer<ck_stabilization>?, Samples?) -> Void
    var denoise: (Rows?, Int, UnsafePointer<ck_denoising>?, Samples?) -> Void
    var luma: (ReadSamples?, ReadSamples?, ReadSamples?, Int, Samples?) -> Void
    var sharpen: (Rows?, Int, UnsafePointer<ck_sharpening>?, Samples?, Samples?, Samples?) -> Void

    static let all: [MosaicKernels] = {
        var levels = [
            MosaicKernels(
                testDescription: "portable", defects: ck_u16_defects__portable, stabilize: ck_u16_stabilize__portable,
                denoise: ck_u16_denoise__portable, luma: ck_u16_luma__portable, sharpen: ck_u16_sharpen__portable)
        ]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue {
            levels.append(
                MosaicKernels(
                    testDescription: "avx2", defects: ck_u16_defects__avx2, stabilize: ck_u16_stabilize__avx2,
                    denoise: ck_u16_denoise__avx2, luma: ck_u16_luma__avx2, sharpen: ck_u16_sharpen__avx2))
        }
        if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue {
            levels.append(
                MosaicKernels(
                    testDescription: "avx512", defects: ck_u16_defects__avx512, stabilize: ck_u16_stabilize__avx512,
                    denoise: ck_u16_denoise__avx512, luma: ck_u16_luma__avx512, sharpen: ck_u16_sharpen__avx512))
        }
        #endif
        return levels
    }()
}

/// Eleven rows with a border of 5 samples and room behind, the middle one row 5.
private struct Field {
    static let rows = 11
    static let margin = 8
    let width: Int
    let samples: [[UInt16]]

    init(width: Int, _ sample: (_ y: Int, _ x: Int) -> UInt16) {
        self.width = width
        samples = (0..<Self.rows).map { y in (0..<(width + 2 * Self.margin + 128)).map { sample(y, $0 - Self.margin) } }
    }

    func at(_ dy: Int, _ x: Int) -> Int { Int(samples[Self.rows / 2 + dy][x + Self.margin]) }

    /// Calls `body` with the rows within `reach` of the middle one.
    func withRows<Result>(reach: Int, _ body: (Rows?) -> Result) -> Result {
        let pitch = samples[0].count
        return samples.flatMap { $0 }.withUnsafeBufferPointer { all in
            let pointers = (-reach...reach).map { dy in
                all.baseAddress.map { $0 + (Self.rows / 2 + dy) * pitch + Self.margin }
            }
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }
}

private let widths = [1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 511, 512, 513, 700]

@Suite("Kernels that clean mosaics and sharpen pictures")
struct MosaicKernelTests {
    /// A ramp with noise, lines, and samples far out.
    private func field(_ width: Int, seed: UInt64, base: Int = 900) -> Field {
        var random = SplitMix64(seed: seed)
        return Field(width: width) { y, x in
            var value = base + 3 * x + Int.random(in: -40...40, using: &random)
            if x % 23 == 4 { value += 700 }
            switch Int.random(in: 0..<25, using: &random) {
            case 0: value += Int.random(in: 0...3000, using: &random)
            case 1: value -= Int.random(in: 0...900, using: &random)
            case 2 where y == 5: value = 65535
            default: break
            }
            return UInt16(min(65535, max(0, value)))
        }
    }

    private static func range(_ values: [Int]) -> Int { (values.max() ?? 0) - (values.min() ?? 0) }

    @Test("defects are replaced to the bit of the definition, and counted", arguments: MosaicKernels.all, [1, 2])
    private func defects(level: MosaicKernels, step: Int) {
        var settings = ck_defects(
            black: (60, 64.5), gain: 0.9, dark: 7, threshold: 4, least: 3, step: UInt32(step))
        var replaced = 0
        for width in widths {
            let field = field(width, seed: UInt64(width))
            var target = [UInt16](repeating: 0, count: width + 64)
            let count = field.withRows(reach: 2) { level.defects($0, width, &settings, &target) }
            var expectedCount = 0
            for x in 0..<width {
                let at = { (dy: Int, dx: Int) in field.at(dy, x + dx) }
                let ring = { (d: Int) in
                    [at(-d, -d), at(-d, 0), at(-d, d), at(0, -d), at(0, d), at(d, -d), at(d, 0), at(d, d)].sorted()
                }
                let like = ring(step)
                let median = (like[3] + like[4] + 1) / 2
                let black = x % 2 == 0 ? settings.black.0 : settings.black.1
                let light = max(0, Float(median) - black)
                let noise = (light * settings.gain + settings.dark).squareRoot() * settings.threshold
                let floor = Int(min(65535, max(settings.least, noise)))
                var unrest: Int
                if step == 1 {
                    unrest = Self.range(ring(2))
                } else {
                    let beside = [at(0, -1), at(0, 1), at(-2, -1), at(-2, 1), at(2, -1), at(2, 1)]
                    let above = [at(-1, 0), at(1, 0), at(-1, -2), at(1, -2), at(-1, 2), at(1, 2)]
                    let across = [at(-1, -1), at(-1, 1), at(1, -1), at(1, 1)]
                    unrest = max(Self.range(beside), Self.range(above), Self.range(across))
                }
                let limit = min(65535, max(floor, like[7] - like[0]) + 4 * max(0, unrest - floor))
                let sample = at(0, 0)
                let isDefect = sample - like[7] > limit || like[0] - sample > limit
                if isDefect { expectedCount += 1 }
                #expect(target[x] == UInt16(isDefect ? median : sample))
            }
            #expect(count == expectedCount)
            replaced += count
        }
        #expect(replaced > 20)
    }

    @Test("noise is stabilised to the bit of the definition", arguments: MosaicKernels.all)
    private func stabilize(level: MosaicKernels) {
        var settings = ck_stabilization(black: (60, 64.5), gain: 0.9, offset: 7.3, scale: 35.5)
        for width in widths {
            let field = field(width, seed: UInt64(width), base: 40)
            let raw = Array(field.samples[5].dropFirst(Field.margin))
            var target = [UInt16](repeating: 0, count: width + 64)
            level.stabilize(raw, width, &settings, &target)
            for x in 0..<width {
                let black = x % 2 == 0 ? settings.black.0 : settings.black.1
                let value = max(0, (Float(raw[x]) - black) * settings.gain + settings.offset)
                let root = value.squareRoot() * settings.scale + 0.5
                #expect(target[x] == UInt16(min(65535, root)))
            }
        }
    }

    @Test(
        "noise is averaged to the bit of the definition", arguments: MosaicKernels.all,
        [(1, 320), (2, 320), (2, 1023), (1, 5)])
    private func denoise(level: MosaicKernels, settings: (step: Int, limit: Int)) {
        let (step, limit) = settings
        var denoising = ck_denoising(
            limit: UInt16(limit), slope: UInt16(min(65535, 32 * 65536 / (limit / 2))), white: (2600, 2700),
            saturated: 60000, factor: 0.004, offset: (17, 19.5), step: UInt32(step))
        for width in widths {
            var random = SplitMix64(seed: UInt64(width + limit))
            // Steps of all sizes, and an edge that leaves 16 bits in the sums.
            let field = Field(width: width) { y, x in
                let value = 1000 + (x / 9 % 5) * 400 + Int.random(in: -30...30, using: &random)
                return UInt16(x % 41 == 40 ? 60000 : y == 2 && x % 7 == 0 ? 0 : value)
            }
            var target = [UInt16](repeating: 0, count: width + 64)
            field.withRows(reach: 5) { level.denoise($0, width, &denoising, &target) }
            let places = [
                (-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1), (-2, 0), (2, 0), (0, -2), (0, 2),
                (-2, -2), (-2, 2), (2, -2), (2, 2),
            ].map { ($0 * step, $1 * step) }
            for x in 0..<width {
                var (sum, weights) = (0, 0)
                for (dy, dx) in places {
                    var distance = 0
                    for v in -1...1 {
                        for u in -1...1 { distance += abs(field.at(v, x + u) - field.at(v + dy, x + u + dx)) }
                    }
                    let weight = min(32, (max(0, limit - distance) * Int(denoising.slope)) >> 16)
                    sum += (weight * (field.at(dy, x + dx) - field.at(0, x)) + 8) >> 4
                    weights += weight
                }
                let center = field.at(0, x)
                let value = Float(center) + Float(sum) * 16 / (Float(weights) + 32)
                let turned = value * value * denoising.factor + (x % 2 == 0 ? denoising.offset.0 : denoising.offset.1)
                let white = Int(x % 2 == 0 ? denoising.white.0 : denoising.white.1)
                let expected = center >= white ? 60000 : UInt16(min(65535, max(0, turned + 0.5)))
                #expect(target[x] == expected)
            }
        }
    }

    @Test("luma and sharpening are those of the definition", arguments: MosaicKernels.all)
    private func sharpen(level: MosaicKernels) {
        var settings = ck_sharpening(amount: 1.3, threshold: 200, limit: 5000)
        for width in widths {
            let field = field(width, seed: UInt64(width), base: 20000)
            var random = SplitMix64(seed: UInt64(width))
            let planes = (0..<3).map { _ in
                (0..<(width + 64)).map { _ in UInt16.random(in: 0...65535, using: &random) }
            }
            var luma = [UInt16](repeating: 0, count: width + 64)
            level.luma(planes[0], planes[1], planes[2], width, &luma)
            var (red, green, blue) = (planes[0], planes[1], planes[2])
            field.withRows(reach: 2) { level.sharpen($0, width, &settings, &red, &green, &blue) }
            let binomial = [1, 4, 6, 4, 1]
            for x in 0..<width {
                #expect(Int(luma[x]) == (Int(planes[0][x]) + 2 * Int(planes[1][x]) + Int(planes[2][x]) + 2) / 4)
                var mean = 0
                for v in 0..<5 { for u in 0..<5 { mean += binomial[v] * binomial[u] * field.at(v - 2, x + u - 2) } }
                let difference = 256 * field.at(0, x) - mean
                let change = min(
                    settings.limit, max(0, (Float(abs(difference)) / 256 - settings.threshold) * settings.amount))
                let whole = difference < 0 ? -Int(change) : Int(change)
                for (plane, sharpened) in zip(planes, [red, green, blue]) {
                    #expect(Int(sharpened[x]) == min(65535, max(0, Int(plane[x]) + whole)))
                }
            }
        }
    }
}
