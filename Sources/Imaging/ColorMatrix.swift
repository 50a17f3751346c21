/// A 3×3 matrix on colours, row-major: `output = matrix · input`.
package struct ColorMatrix: Sendable, Hashable, Codable {
    /// Nine coefficients, row by row.
    package var coefficients: [Double]

    package init(_ coefficients: [Double]) {
        precondition(coefficients.count == 9, "a colour matrix has 9 coefficients")
        self.coefficients = coefficients
    }

    package static let identity = ColorMatrix([1, 0, 0, 0, 1, 0, 0, 0, 1])

    /// Moves linear sRGB colours away from grey of the same luminance (IEC 61966-2-1), or towards it: 0 is grey, 1 as they are.
    package static func saturation(_ amount: Double) -> ColorMatrix {
        let luminance = [0.2126, 0.7152, 0.0722]
        return ColorMatrix((0..<9).map { luminance[$0 % 3] * (1 - amount) + ($0 % 4 == 0 ? amount : 0) })
    }

    package subscript(row: Int, column: Int) -> Double { coefficients[3 * row + column] }

    package static func diagonal(_ entries: SIMD3<Double>) -> ColorMatrix {
        ColorMatrix([entries.x, 0, 0, 0, entries.y, 0, 0, 0, entries.z])
    }

    package static func * (left: ColorMatrix, right: ColorMatrix) -> ColorMatrix {
        var product = [Double](repeating: 0, count: 9)
        for row in 0..<3 {
            for column in 0..<3 {
                product[3 * row + column] = (0..<3).reduce(0) { $0 + left[row, $1] * right[$1, column] }
            }
        }
        return ColorMatrix(product)
    }

    package static func * (matrix: ColorMatrix, color: SIMD3<Double>) -> SIMD3<Double> {
        func row(_ index: Int) -> Double {
            matrix[index, 0] * color.x + matrix[index, 1] * color.y + matrix[index, 2] * color.z
        }
        return SIMD3(row(0), row(1), row(2))
    }

    /// `nil` when the matrix is singular.
    package var inverse: ColorMatrix? {
        func minor(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Double {
            coefficients[a] * coefficients[d] - coefficients[b] * coefficients[c]
        }
        let cofactors = [
            minor(4, 5, 7, 8), minor(2, 1, 8, 7), minor(1, 2, 4, 5),
            minor(5, 3, 8, 6), minor(0, 2, 6, 8), minor(2, 0, 5, 3),
            minor(3, 4, 6, 7), minor(1, 0, 7, 6), minor(0, 1, 3, 4),
        ]
        let determinant =
            coefficients[0] * cofactors[0] + coefficients[1] * cofactors[3] + coefficients[2] * cofactors[6]
        guard determinant.isFinite, abs(determinant) > 1e-12 else { return nil }
        return ColorMatrix(cofactors.map { $0 / determinant })
    }

    /// Each row divided by its sum, so that white stays white.
    package var rowNormalized: ColorMatrix {
        var result = coefficients
        for row in 0..<3 {
            let sum = result[3 * row] + result[3 * row + 1] + result[3 * row + 2]
            guard sum != 0 else { continue }
            for column in 0..<3 { result[3 * row + column] /= sum }
        }
        return ColorMatrix(result)
    }
}
