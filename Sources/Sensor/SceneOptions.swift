/// How a finished picture stands in for a scene.
package struct SceneOptions: Sendable, Equatable {
    /// The curve that is undone to get back to light.
    package enum Tone: String, Sendable, CaseIterable {
        /// The sRGB transfer curve: developed with the same curve the frame looks like the picture.
        case srgb
        /// The sRGB curve followed by the contrast curve 3x² - 2x³ (Brooks et al. 2019, section 3.1), as cameras apply it.
        case contrast
        /// The picture's samples are proportional to light.
        case linear
    }

    /// How a picture of another shape fills the sensor.
    package enum Fit: String, Sendable, CaseIterable {
        /// Scaled to cover the sensor, the overhang cut off evenly.
        case cover
        /// Scaled to lie within the sensor, dark bars beside it.
        case letterbox
    }

    package var tone: Tone
    package var fit: Fit
    /// Correlated colour temperature of the light in the scene, kelvin.
    package var temperature: Double
    /// Whether the data sheet's lens darkens the picture towards its edges.
    package var hasLensShading: Bool

    package init(
        tone: Tone = .srgb, fit: Fit = .cover, temperature: Double = 5000, hasLensShading: Bool = false
    ) {
        self.tone = tone
        self.fit = fit
        self.temperature = temperature
        self.hasLensShading = hasLensShading
    }
}
