internal import Imaging

/// Which samples of a mosaic are not to be believed; they become the median of their neighbours of the same colour.
package struct DefectCorrection: Sendable, Hashable {
    /// A sample of the stored mosaic, counted from 0.
    package struct Site: Sendable, Hashable {
        package var column: Int
        package var row: Int

        package init(column: Int, row: Int) {
            self.column = column
            self.row = row
        }
    }

    /// Samples that stick out of their neighbours by more than this many standard deviations of their noise, and by more than
    /// the picture's own detail there, are replaced; 0: none is looked for.
    package var threshold: Double
    /// Samples known to be broken.
    package var sites: [Site]

    package init(threshold: Double = 0, sites: [Site] = []) {
        self.threshold = threshold
        self.sites = sites
    }

    package static let none = DefectCorrection()

    static let thresholdRange = 0.0...100.0
    static let maximumSiteCount = 16_384
    static let coordinateRange = 0...65_535

    /// - Throws: `ISPError.profile`, naming the key.
    func validate() throws(ISPError) {
        guard Self.thresholdRange.contains(threshold) else {
            throw .profile(key: "defects.threshold", detail: "\(threshold) is outside 0…100")
        }
        guard sites.count <= Self.maximumSiteCount else {
            throw .profile(key: "defects.pixels", detail: "\(sites.count), the limit is \(Self.maximumSiteCount)")
        }
        for (index, site) in sites.enumerated() {
            for coordinate in [site.column, site.row] where !Self.coordinateRange.contains(coordinate) {
                throw .profile(key: "defects.pixels[\(index)]", detail: "\(coordinate) is outside 0…65535")
            }
        }
    }

    /// - Throws: `ISPError.argument` when a listed pixel lies outside the frame.
    func check(_ frame: RawFrame) throws(ISPError) {
        for site in sites where site.column >= frame.width || site.row >= frame.height {
            throw .argument(
                field: "defects.pixels",
                detail: "(\(site.column), \(site.row)) lies outside the frame of \(frame.width)x\(frame.height)")
        }
    }
}
