/// How stored rows and columns map to the upright picture: the values of the EXIF and TIFF tag Orientation (274).
package enum Orientation: Int, Sendable, Hashable, CaseIterable, Codable {
    case up = 1
    case upMirrored = 2
    case down = 3
    case downMirrored = 4
    case leftMirrored = 5
    /// Upright after turning 90° clockwise.
    case right = 6
    case rightMirrored = 7
    /// Upright after turning 90° counter-clockwise.
    case left = 8

    /// Whether the upright picture is as wide as the stored one is high.
    package var swapsAxes: Bool { rawValue >= 5 }

    /// Whether stored columns run against the upright picture's columns, or its rows where the axes change places.
    package var reversesColumns: Bool { storedPosition(x: 0, y: 0, width: 2, height: 2).x == 1 }

    /// Whether stored rows run against the upright picture's rows, or its columns where the axes change places.
    package var reversesRows: Bool { storedPosition(x: 0, y: 0, width: 2, height: 2).y == 1 }

    package func uprightSize(width: Int, height: Int) -> (width: Int, height: Int) {
        swapsAxes ? (height, width) : (width, height)
    }

    /// The stored position of the pixel at (`x`, `y`) of the upright picture, for a stored picture of `width` × `height`.
    package func storedPosition(x: Int, y: Int, width: Int, height: Int) -> (x: Int, y: Int) {
        switch self {
        case .up: (x, y)
        case .upMirrored: (width - 1 - x, y)
        case .down: (width - 1 - x, height - 1 - y)
        case .downMirrored: (x, height - 1 - y)
        case .leftMirrored: (y, x)
        case .right: (y, height - 1 - x)
        case .rightMirrored: (width - 1 - y, height - 1 - x)
        case .left: (width - 1 - y, x)
        }
    }
}
