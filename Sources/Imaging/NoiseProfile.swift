/// The noise of a frame's samples, in DNG's terms (DNG specification 1.7, NoiseProfile): a sample x on the scale where black is
/// 0 and white 1 has the variance `scale` · x + `offset`.
package struct NoiseProfile: Sendable, Hashable {
    /// Of red, green and blue: shot noise.
    package var scale: SIMD3<Double>
    /// Of red, green and blue: read noise.
    package var offset: SIMD3<Double>

    package init(scale: SIMD3<Double>, offset: SIMD3<Double>) {
        self.scale = scale
        self.offset = offset
    }
}
