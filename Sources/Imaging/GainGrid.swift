/// Gains on linear light that change over a mosaic: a grid for each site of its 2×2 block, bilinear between grid points and
/// constant beyond the outermost ones.
package struct GainGrid: Sendable, Hashable {
    /// Points each way, at least 1.
    package var rows: Int
    package var columns: Int
    /// Row and column of the mosaic, in samples, at which the first point lies.
    package var rowOrigin: Double
    package var columnOrigin: Double
    /// Samples from one point to the next, above 0.
    package var rowStep: Double
    package var columnStep: Double
    /// For each site in reading order `rows` × `columns` gains, row by row.
    package var gains: [[Double]]

    package init(
        rows: Int, columns: Int, rowOrigin: Double, columnOrigin: Double, rowStep: Double, columnStep: Double,
        gains: [[Double]]
    ) {
        precondition(rows > 0 && columns > 0 && rowStep > 0 && columnStep > 0)
        precondition(gains.count == 4 && gains.allSatisfy { $0.count == rows * columns })
        self.rows = rows
        self.columns = columns
        self.rowOrigin = rowOrigin
        self.columnOrigin = columnOrigin
        self.rowStep = rowStep
        self.columnStep = columnStep
        self.gains = gains
    }
}
