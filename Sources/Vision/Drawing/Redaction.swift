package import Imaging

/// Makes things in a picture unrecognisable.
package enum Redaction {
    /// A copy of an upright picture, always rgb8, in which each detection's box, an eighth larger on every side because detectors cut
    /// things short, is replaced by a coarse mosaic of its means: 6 tiles along the longer side.
    package static func hiding(_ detections: [FrameResult.Detection], in picture: Picture) -> Picture {
        let copy = picture.format == .rgb8 ? picture.mutableCopy() : picture.convertedToRGB8()
        for detection in detections where detection.box.count == 4 {
            let box = detection.box
            let (marginX, marginY) = ((box[2] - box[0]) / 8, (box[3] - box[1]) / 8)
            let rect = Rect(
                x0: box[0] - marginX, y0: box[1] - marginY, x1: box[2] + marginX, y1: box[3] + marginY)
            if let place = PixelRect(touching: rect, width: copy.width, height: copy.height) { hide(place, in: copy) }
        }
        return copy
    }

    private static let tilesAlongLongerSide = 6

    private static func hide(_ place: PixelRect, in picture: Picture) {
        let side = max(1, (max(place.width, place.height) + tilesAlongLongerSide - 1) / tilesAlongLongerSide)
        for top in stride(from: place.y, to: place.y + place.height, by: side) {
            for left in stride(from: place.x, to: place.x + place.width, by: side) {
                flatten(
                    PixelRect(
                        x: left, y: top, width: min(side, place.x + place.width - left),
                        height: min(side, place.y + place.height - top)), in: picture)
            }
        }
    }

    private static func flatten(_ tile: PixelRect, in picture: Picture) {
        var sum = SIMD3<Int>.zero
        for y in tile.y..<tile.y + tile.height {
            let row = picture.row(y).assumingMemoryBound(to: UInt8.self)
            for x in tile.x..<tile.x + tile.width {
                sum &+= SIMD3(Int(row[3 * x]), Int(row[3 * x + 1]), Int(row[3 * x + 2]))
            }
        }
        let count = tile.width * tile.height
        for y in tile.y..<tile.y + tile.height {
            let row = picture.row(y).assumingMemoryBound(to: UInt8.self)
            for x in tile.x..<tile.x + tile.width {
                for channel in 0..<3 { row[3 * x + channel] = UInt8((sum[channel] + count / 2) / count) }
            }
        }
    }
}
