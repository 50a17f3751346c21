import CKernels

/// Random words turned into random quantities, one at a time: what `CKernels` computes sixteen at a time, operation for
/// operation and so bit for bit (`ck_noise.h` names the methods). Nothing here may be reordered or contracted.
package enum Distributions {
    /// Electrons from which a photon count is taken as nearly normal.
    static let poissonLimit: Float = CK_POISSON_LIMIT

    /// ln(y) for normal `y` in 0…1.
    private static func naturalLog(_ y: Float) -> Float {
        let bits = Int32(bitPattern: y.bitPattern) &- 0x3F35_04F3
        let exponent = Float(bits >> 23)
        let f = Float(bitPattern: UInt32(bitPattern: (bits & 0x7F_FFFF) &+ 0x3F35_04F3)) - 1
        var p: Float = 0.0872224346
        p = p * f - 0.143667877
        p = p * f + 0.149522826
        p = p * f - 0.165624022
        p = p * f + 0.199568331
        p = p * f - 0.250020742
        p = p * f + 0.333341867
        p = p * f - 0.499999881
        p = p * f + 1
        return exponent * 0.693147182 + p * f
    }

    /// A normal variable of mean 0 and deviation 1, between ±6.3.
    package static func normal(_ word: UInt32) -> Float {
        let p = (Float(Int32(word & 0x7FFF_FFFF)) + 0.5) * 0x1p-31
        let w = -naturalLog(p * (2 - p))
        var quantile: Float
        if w >= 5 {
            let s = w.squareRoot() - 3
            quantile = -2.79460619e-05
            quantile = quantile * s - 0.000162479904
            quantile = quantile * s + 0.00162347383
            quantile = quantile * s - 0.00484235631
            quantile = quantile * s + 0.00822720304
            quantile = quantile * s - 0.0108986404
            quantile = quantile * s + 0.0133305686
            quantile = quantile * s + 1.41659093
            quantile = quantile * s + 4.00643492
        } else {
            let t = w - 2.5
            quantile = 4.0354287e-08
            quantile = quantile * t + 4.86103488e-07
            quantile = quantile * t - 4.99056114e-06
            quantile = quantile * t - 6.2179879e-06
            quantile = quantile * t + 0.0003091502
            quantile = quantile * t - 0.00177301012
            quantile = quantile * t - 0.00590817118
            quantile = quantile * t + 0.348802656
            quantile = quantile * t + 2.12331367
        }
        let z = quantile * (1 - p)
        return word >> 31 != 0 ? -z : z
    }

    /// e⁻ˣ for `x` in 0…48.
    private static func exponentialOfNegative(_ x: Double) -> Double {
        let n = Int64(x * 1.4426950408889634 + 0.5)
        let r = (Double(n) * 0x1.62e42fee00000p-1 - x) + Double(n) * 0x1.a39ef35793c76p-33
        var p = 1.0 / 6_227_020_800
        p = p * r + 1.0 / 479_001_600
        p = p * r + 1.0 / 39_916_800
        p = p * r + 1.0 / 3_628_800
        p = p * r + 1.0 / 362_880
        p = p * r + 1.0 / 40_320
        p = p * r + 1.0 / 5_040
        p = p * r + 1.0 / 720
        p = p * r + 1.0 / 120
        p = p * r + 1.0 / 24
        p = p * r + 1.0 / 6
        p = p * r + 0.5
        p = p * r + 1
        p = p * r + 1
        return p * Double(bitPattern: UInt64(1023 - n) << 52)
    }

    /// 2ˣ for `x` in ±1000, in plain double arithmetic and so the same on every machine.
    package static func powerOfTwo(_ x: Double) -> Double {
        let whole = x.rounded()
        let r = (x - whole) * 0.6931471805599453
        var term = 1.0
        var sum = 1.0
        for n in 1...20 {
            term *= r / Double(n)
            sum += term
        }
        return Double(sign: .plus, exponent: Int(whole), significand: sum)
    }

    /// The smallest count whose cumulative Poisson probability reaches (word + ½) / 2³².
    private static func poisson(mean: Float, _ word: UInt32) -> Float {
        let lambda = Double(mean)
        let target = (Double(word) + 0.5) * 0x1p-32
        var probability = exponentialOfNegative(lambda)
        var cumulative = probability
        var count = 0
        while cumulative < target, count < 160 {
            count += 1
            probability = probability * lambda * (1 / Double(count))
            cumulative = cumulative + probability
        }
        return Float(count)
    }

    /// Photoelectrons counted where `mean` are expected.
    package static func photoelectrons(mean: Float, _ word: UInt32) -> Float {
        if mean < poissonLimit { return poisson(mean: mean, word) }
        let z = normal(word)
        let quantile = mean + (mean - 0.138888896).squareRoot() * z + (z * z - 1) * 0.166666672
        return Float(Int32(quantile + 0.5))
    }
}
