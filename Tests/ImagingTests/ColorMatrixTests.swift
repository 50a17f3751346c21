import Imaging
import Testing

@Suite struct ColorMatrixTests {
    @Test("a matrix times its inverse is the identity")
    func inverse() throws {
        let matrix = ColorMatrix([1.6, -0.4, -0.2, -0.3, 1.5, -0.2, 0, -0.6, 1.6])
        let product = try matrix * #require(matrix.inverse)
        for (found, expected) in zip(product.coefficients, ColorMatrix.identity.coefficients) {
            #expect(abs(found - expected) < 1e-12)
        }
    }

    @Test("a singular matrix has no inverse")
    func singular() {
        #expect(ColorMatrix([1, 2, 3, 2, 4, 6, 0, 0, 1]).inverse == nil)
    }

    @Test("normalised rows keep white")
    func white() {
        let white = ColorMatrix([2, 1, 1, 0.5, 3, 0.5, 1, 1, 6]).rowNormalized * SIMD3(1, 1, 1)
        #expect(abs(white.x - 1) + abs(white.y - 1) + abs(white.z - 1) < 1e-12)
    }
}
