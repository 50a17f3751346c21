/// eˣ from additions and multiplications alone, so that its bits do not depend on the machine's mathematics library.
///
/// Range reduction by Cody and Waite, x = k·ln 2 + r with |r| ≤ ½ ln 2, then the Taylor series to r¹³; the relative error is below
/// 10⁻¹⁵. Overflow gives infinity, underflow 0, NaN stays NaN.
package func exponential(_ x: Double) -> Double {
    guard x < 709.7 else { return x.isNaN ? x : .infinity }
    guard x > -745 else { return 0 }
    let k = (x * 1.4426950408889634).rounded()
    // ln 2 in two parts, the first with 32 bits, so that k times it is exact.
    let r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33
    var sum = 1.0 / 6_227_020_800
    for denominator in reciprocalFactorials { sum = sum * r + denominator }
    return Double(sign: .plus, exponent: Int(k), significand: sum)
}

/// 1/12!, 1/11!, …, 1/0!.
private let reciprocalFactorials: [Double] = [
    479_001_600, 39_916_800, 3_628_800, 362_880, 40_320, 5_040, 720, 120, 24, 6, 2, 1, 1,
].map { 1 / $0 }

/// 1 / (1 + e⁻ˣ).
func sigmoid(_ x: Float) -> Double { 1 / (1 + exponential(-Double(x))) }
