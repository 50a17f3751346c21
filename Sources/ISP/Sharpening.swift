/// Unsharp masking of the luma, on the scale that the tone curve takes: square roots of light, or light itself where the tone
/// is linear. Differences are shares of white.
package struct Sharpening: Sendable, Hashable {
    /// What of the difference from a blur over 5×5 pixels is added once more; 0: nothing.
    package var amount: Double
    /// Differences up to this, noise most of all, are not raised; larger ones by what they have above it.
    package var threshold: Double
    /// A pixel changes by this at most: keeps edges from halos.
    package var limit: Double

    package init(amount: Double, threshold: Double = 0.005, limit: Double = 0.08) {
        self.amount = amount
        self.threshold = threshold
        self.limit = limit
    }

    package static let none = Sharpening(amount: 0)

    static let amountRange = 0.0...8.0
    static let shareRange = 0.0...1.0

    /// - Throws: `ISPError.profile`, naming the key.
    func validate() throws(ISPError) {
        guard Self.amountRange.contains(amount) else {
            throw .profile(key: "sharpening.amount", detail: "\(amount) is outside 0…8")
        }
        for (value, key) in [(threshold, "threshold"), (limit, "limit")] where !Self.shareRange.contains(value) {
            throw .profile(key: "sharpening.\(key)", detail: "\(value) is outside 0…1")
        }
    }
}
