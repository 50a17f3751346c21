#if canImport(Glibc)
internal import Glibc
#endif

/// Ratios of powers on the logarithmic scale.
package enum Decibels {
    /// 10 log₁₀ (signal / noise), 200 at most.
    package static func ratio(_ signal: Double, _ noise: Double) -> Double {
        guard noise > 0 else { return 200 }
        guard signal > 0 else { return 0 }
        return min(200, 10 * log10(signal / noise))
    }

    /// The ratio that so many decibels are.
    package static func power(_ decibels: Double) -> Double { pow(10, decibels / 10) }
}
