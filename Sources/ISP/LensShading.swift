internal import Imaging

/// What a lens darkens towards the edges, undone: gains on a grid over the stored mosaic, bilinear between its points.
///
/// The first and last points lie on the first and last rows and columns. Gains are on linear light, before it is
/// clipped, and at 1 or above, so that a clipped highlight stays white.
package struct LensShading: Sendable, Hashable {
    /// Points in a row of the grid.
    package var columns: Int
    /// `columns` × rows gains each, row by row.
    package var red: [Double]
    package var green: [Double]
    package var blue: [Double]

    package init(columns: Int, red: [Double], green: [Double], blue: [Double]) {
        self.columns = columns
        self.red = red
        self.green = green
        self.blue = blue
    }

    static let columnRange = 2...64
    static let rowRange = 2...64
    static let gainRange = 1.0...16.0

    /// Rows of the grid.
    package var rows: Int { green.count / columns }

    /// The gains of a colour, by `CFAColor`'s raw value.
    subscript(color: Int) -> [Double] { color == 0 ? red : color == 1 ? green : blue }

    /// - Throws: `ISPError.profile`, naming the key.
    func validate() throws(ISPError) {
        guard Self.columnRange.contains(columns) else {
            throw .profile(key: "lensShading.columns", detail: "\(columns) is outside 2…64")
        }
        for (color, name) in ["red", "green", "blue"].enumerated() {
            let key = "lensShading.\(name)"
            let gains = self[color]
            guard gains.count % columns == 0, Self.rowRange.contains(gains.count / columns) else {
                throw .profile(key: key, detail: "\(gains.count) numbers are not 2…64 rows of \(columns)")
            }
            guard gains.count == green.count else {
                throw .profile(key: key, detail: "\(gains.count) numbers, green has \(green.count)")
            }
            for (index, gain) in gains.enumerated() where !Self.gainRange.contains(gain) {
                throw .profile(key: "\(key)[\(index)]", detail: "\(gain) is outside 1…16")
            }
        }
    }
}

extension ISPProfile.Shading {
    /// The gains for the sites of a frame's mosaic; a monochrome one takes green's. No gain is below 1.
    func grid(for frame: RawFrame) -> GainGrid? {
        switch self {
        case .none: nil
        case .frame: frame.lensShading.map { $0.scaledToAtLeastOne }
        case .grid(let shading):
            GainGrid(
                rows: shading.rows, columns: shading.columns, rowOrigin: 0, columnOrigin: 0,
                rowStep: max(1, Double(frame.height - 1)) / Double(shading.rows - 1),
                columnStep: max(1, Double(frame.width - 1)) / Double(shading.columns - 1),
                gains: (0..<4).map { site in
                    let color = frame.pixelFormat.cfa?.color(row: site / 2, column: site % 2) ?? .green
                    return shading[color.rawValue]
                })
        }
    }
}

extension GainGrid {
    /// A clipped highlight then stays white everywhere.
    fileprivate var scaledToAtLeastOne: GainGrid {
        let least = gains.joined().min() ?? 1
        guard least < 1 else { return self }
        var grid = self
        grid.gains = gains.map { $0.map { $0 / least } }
        return grid
    }
}
