package import Imaging

/// The part of the sensor that its network looks at; it is stretched to the network's input.
package enum SensorWindow: Sendable, Equatable {
    case whole
    /// The largest part in the middle with the shape of the network's input.
    case networkShape
    /// In pixels of the full sensor.
    case pixels(PixelRect)

    /// Reads `whole`, `network-shape` or `left,top,width,height`.
    package init?(_ text: String) {
        switch text {
        case "whole": self = .whole
        case "network-shape": self = .networkShape
        default:
            let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
            guard numbers.count == 4, let x = numbers[0], let y = numbers[1], let width = numbers[2],
                let height = numbers[3]
            else { return nil }
            self = .pixels(PixelRect(x: x, y: y, width: width, height: height))
        }
    }

    /// The window on a frame of `width` × `height` that joins `binning` × `binning` pixels of the sensor in one.
    ///
    /// - Throws: `badOption` for a window that is not on the sensor.
    func pixels(
        width: Int, height: Int, binning: Int, network: (width: Int, height: Int)
    ) throws(SensorError) -> PixelRect {
        switch self {
        case .whole: return PixelRect(x: 0, y: 0, width: width, height: height)
        case .networkShape:
            let isWide = width * network.height > height * network.width
            let part =
                isWide
                ? (width: max(1, height * network.width / network.height), height: height)
                : (width: width, height: max(1, width * network.height / network.width))
            return PixelRect(
                x: (width - part.width) / 2, y: (height - part.height) / 2, width: part.width, height: part.height)
        case .pixels(let rect):
            let (full, fullHeight) = (width * binning, height * binning)
            guard (0..<full).contains(rect.x), (0..<fullHeight).contains(rect.y), (1...full).contains(rect.width),
                (1...fullHeight).contains(rect.height), rect.x + rect.width <= full,
                rect.y + rect.height <= fullHeight
            else {
                throw .badOption(
                    name: "window",
                    detail:
                        "\(rect.x),\(rect.y),\(rect.width),\(rect.height) is not within the sensor's \(full)×\(fullHeight)"
                )
            }
            let (left, top) = (rect.x / binning, rect.y / binning)
            return PixelRect(
                x: left, y: top, width: max(1, (rect.x + rect.width) / binning - left),
                height: max(1, (rect.y + rect.height) / binning - top))
        }
    }
}
