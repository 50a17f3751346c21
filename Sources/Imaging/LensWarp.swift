/// How a lens bends a picture, undone (DNG specification 1.7, opcode WarpRectilinear): each pixel of the straight picture is
/// taken from a place of the bent one. Positions are in samples of the mosaic, pixel centres at whole numbers.
///
/// With d the way from the centre to the pixel in units of `radius`, and r its length, the place is the centre plus `radius`
/// times (k0 + k1 r² + k2 r⁴ + k3 r⁶) d + (2 t0 dx dy + t1 (r² + 2 dx²), 2 t1 dx dy + t0 (r² + 2 dy²)).
package struct LensWarp: Sendable, Hashable {
    package struct Plane: Sendable, Hashable {
        /// k0…k3.
        package var radial: SIMD4<Double>
        /// t0, t1.
        package var tangential: SIMD2<Double>

        package init(radial: SIMD4<Double>, tangential: SIMD2<Double>) {
            self.radial = radial
            self.tangential = tangential
        }
    }

    /// One for all colours, or one each for red, green and blue.
    package var planes: [Plane]
    package var centerX: Double
    package var centerY: Double
    package var radius: Double

    package init(planes: [Plane], centerX: Double, centerY: Double, radius: Double) {
        precondition((planes.count == 1 || planes.count == 3) && radius > 0)
        self.planes = planes
        self.centerX = centerX
        self.centerY = centerY
        self.radius = radius
    }
}
