/// The class of each cell of a grid over a part of the picture.
package struct SegmentationMap: Sendable, Equatable {
    /// Cells in a row and rows.
    package var width: Int
    package var height: Int
    /// The part of the upright picture that the grid covers, evenly.
    package var region: InputGeometry.Region
    /// Row by row; -1 for cells of no class.
    package var classIDs: [Int32]

    package init(width: Int, height: Int, region: InputGeometry.Region, classIDs: [Int32] = []) {
        self.width = width
        self.height = height
        self.region = region
        self.classIDs = classIDs
    }
}
