extension SensorDataSheet {
    /// The lens before the sensor.
    package struct Lens: Sendable, Equatable {
        /// Focal length over the width of the aperture.
        package var fNumber: Double = 2
        /// Share of the light that passes the glass, 0…1.
        package var transmission: Double = 0.9
        /// `nil`: as bright in the corners as in the middle.
        package var shading: Shading?

        package init() {}

        package init(fNumber: Double, transmission: Double, shading: Shading? = nil) {
            self.fNumber = fNumber
            self.transmission = transmission
            self.shading = shading
        }

        /// Lux on the sensor where a white surface is lit by one lux: E' = E T / (4 N²) (a distant Lambertian surface).
        package var imageIlluminance: Double { transmission / (4 * fNumber * fNumber) }
    }

    /// How a lens and the slanting light on the pixels darken a picture towards its edges. The gain that would undo it is
    /// 1 + a r² + b r⁴, where r is the distance from the middle, 1 in the corners.
    package struct Shading: Sendable, Equatable {
        /// a and b for each colour, none below 0.
        package var red: SIMD2<Double>
        package var green: SIMD2<Double>
        package var blue: SIMD2<Double>

        package init(red: SIMD2<Double>, green: SIMD2<Double>, blue: SIMD2<Double>) {
            self.red = red
            self.green = green
            self.blue = blue
        }
    }
}
