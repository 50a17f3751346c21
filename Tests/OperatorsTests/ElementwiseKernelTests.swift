import CKernels
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#endif

typealias Map = (ck_f32_function, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int, Float, Float) -> Void

/// The kernels of every level that this machine can run, called directly so that tests may run side by side.
enum Levels {
    static var maps: [(name: String, map: Map)] {
        var levels: [(name: String, map: Map)] = [("portable", ck_f32_map__portable)]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa(1).rawValue { levels.append(("avx2", ck_f32_map__avx2)) }
        if ck_isa_supported().rawValue >= ck_isa(2).rawValue { levels.append(("avx512", ck_f32_map__avx512)) }
        #endif
        return levels
    }
}

let edgeCounts = [0, 1, 7, 8, 9, 15, 16, 17, 31, 33, 1000]

func randomFloats(_ count: Int, seed: UInt64, in range: ClosedRange<Float> = -8...8) -> [Float] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in Float.random(in: range, using: &generator) }
}

@Suite("Elementwise float kernels")
struct ElementwiseKernelTests {
    @Test("give the same bits at every level and touch nothing beyond the end", arguments: edgeCounts)
    func levelsAgree(count: Int) throws {
        let x = randomFloats(count, seed: UInt64(count))
        for raw in 0..<ck_f32_function.count.rawValue {
            let function = try #require(ck_f32_function(rawValue: raw))
            var expected: [UInt32]?
            for (name, map) in Levels.maps {
                var y = [Float](repeating: 12345, count: count + 16)
                map(function, x, &y, count, 0.5, 1.5)
                #expect(y[count...].allSatisfy { $0 == 12345 }, "\(name) \(function)")
                let bits = y[..<count].map(\.bitPattern)
                #expect(bits == expected ?? bits, "\(name) \(function)")
                expected = bits
            }
        }
    }

    struct Bound: CustomTestStringConvertible, Sendable {
        var function: ck_f32_function
        var low: Double
        var high: Double
        var ulps: Double
        var reference: @Sendable (Double) -> Double
        var testDescription: String { "\(function) in \(low)…\(high)" }
    }

    static let bounds: [Bound] = [
        Bound(function: .exp, low: -87, high: 88.7, ulps: 1.1) { exp($0) },
        Bound(function: .log, low: 1e-38, high: 4, ulps: 1) { log($0) },
        Bound(function: .log, low: 4, high: 1e30, ulps: 1) { log($0) },
        Bound(function: .tanh, low: -10, high: 10, ulps: 1.5) { tanh($0) },
        Bound(function: .erf, low: -5, high: 5, ulps: 1.5) { erf($0) },
        Bound(function: .sigmoid, low: -87, high: 40, ulps: 2.5) { 1 / (1 + exp(-$0)) },
        Bound(function: .silu, low: -80, high: 40, ulps: 2.5) { $0 / (1 + exp(-$0)) },
        Bound(function: .softplus, low: -80, high: 40, ulps: 2) { max($0, 0) + log1p(exp(-$0.magnitude)) },
        Bound(function: .mish, low: -80, high: 40, ulps: 5) { $0 * tanh(max($0, 0) + log1p(exp(-$0.magnitude))) },
        Bound(function: .elu, low: -20, high: 1, ulps: 2) { $0 < 0 ? expm1($0) : $0 },
    ]

    @Test("keep the error they promise against double libm", arguments: bounds)
    func errorBound(bound: Bound) {
        let count = 1 << 17
        let x = (0..<count).map { Float(bound.low + (bound.high - bound.low) * Double($0) / Double(count)) }
        var y = [Float](repeating: 0, count: count)
        ck_f32_map(bound.function, x, &y, count, 1, 0)
        var worst = 0.0
        for i in 0..<count {
            let exact = bound.reference(Double(x[i]))
            let ulp = Double(Float(max(exact.magnitude, 0x1p-126)).ulp)
            worst = max(worst, (Double(y[i]) - exact).magnitude / ulp)
        }
        #expect(worst <= bound.ulps)
    }

    @Test("follow IEEE 754 at infinities, NaN and zeros")
    func specialValues() {
        func value(_ function: ck_f32_function, _ x: Float) -> Float {
            var (source, target) = (x, Float(0))
            ck_f32_map(function, &source, &target, 1, 1, 0)
            return target
        }
        #expect(value(.exp, -.infinity) == 0)
        #expect(value(.exp, .infinity) == .infinity)
        #expect(value(.exp, -100) > 0, "results may be subnormal")
        #expect(value(.log, 0) == -.infinity)
        #expect(value(.log, -1).isNaN)
        #expect(value(.tanh, .infinity) == 1)
        #expect(value(.sigmoid, -.infinity) == 0)
        #expect(value(.erf, -.infinity) == -1)
        for function in [ck_f32_function.exp, .log, .tanh, .erf, .sigmoid, .relu, .clip, .softplus, .mish, .gelu] {
            #expect(value(function, .nan).isNaN, "\(function)")
        }
    }

    @Test("combine two inputs like the plain loop, in every stride and in place", arguments: edgeCounts)
    func zips(count: Int) throws {
        let a = randomFloats(count + 1, seed: 1), b = randomFloats(count + 1, seed: 2)
        for raw in 0..<ck_f32_operation.count.rawValue {
            let operation = try #require(ck_f32_operation(rawValue: raw))
            for (aStride, bStride) in [(1, 1), (0, 1), (1, 0), (0, 0)] {
                let expected = (0..<count).map { i -> Float in
                    let u = a[i * aStride], v = b[i * bStride]
                    switch operation {
                    case .add: return u + v
                    case .sub: return u - v
                    case .mul: return u * v
                    case .div: return u / v
                    case .min: return min(u, v)
                    case .max: return max(u, v)
                    default: return u < 0 ? u * v : u
                    }
                }
                for level in 0..<3 where level == 0 || ck_isa_supported().rawValue >= level {
                    var y = [Float](repeating: 0, count: count)
                    zip(level, operation, a, aStride, b, bStride, &y, count)
                    #expect(y == expected, "\(operation) \(aStride) \(bStride)")
                    if aStride == 1 {
                        var inPlace = Array(a[..<count])
                        inPlace.withUnsafeMutableBufferPointer { values in
                            guard let base = values.baseAddress else { return }
                            ck_f32_zip(operation, base, 1, b, bStride, base, count)
                        }
                        #expect(inPlace == expected, "\(operation) in place")
                    }
                }
            }
        }
    }

    private func zip(
        _ level: Int, _ operation: ck_f32_operation, _ a: [Float], _ aStride: Int, _ b: [Float], _ bStride: Int,
        _ y: inout [Float], _ count: Int
    ) {
        #if arch(x86_64)
        if level == 1 { return ck_f32_zip__avx2(operation, a, aStride, b, bStride, &y, count) }
        if level == 2 { return ck_f32_zip__avx512(operation, a, aStride, b, bStride, &y, count) }
        #endif
        ck_f32_zip__portable(operation, a, aStride, b, bStride, &y, count)
    }

    @Test("reduce near the exact result, with the same bits at every level", arguments: edgeCounts)
    func reductions(count: Int) throws {
        let x = randomFloats(count, seed: 3, in: -1.5...1.5)
        let wide = x.map(Double.init)
        let exact: [(ck_f32_reduction, Double)] = [
            (.sum, wide.reduce(0, +)), (.sumAbs, wide.reduce(0) { $0 + $1.magnitude }),
            (.sumSquare, wide.reduce(0) { $0 + ($1 - 0.25) * ($1 - 0.25) }),
            (.min, wide.min() ?? .infinity), (.max, wide.max() ?? -.infinity),
        ]
        for (reduction, expected) in exact {
            let found = ck_f32_reduce__portable(reduction, x, count, 0.25)
            #expect(
                Double(found) == expected || (Double(found) - expected).magnitude <= 1e-6 * Double(max(count, 1)),
                "\(reduction)")
            #if arch(x86_64)
            if ck_isa_supported().rawValue >= 1 {
                #expect(ck_f32_reduce__avx2(reduction, x, count, 0.25).bitPattern == found.bitPattern)
            }
            if ck_isa_supported().rawValue >= 2 {
                #expect(ck_f32_reduce__avx512(reduction, x, count, 0.25).bitPattern == found.bitPattern)
            }
            #endif
        }
    }
}
