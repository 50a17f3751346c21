/// The part of the stored samples that makes the picture: the default crop of the active area.
struct DNGArea {
    /// Of the picture in the stored samples.
    var top: Int
    var left: Int
    var width: Int
    var height: Int
    /// Of the picture in the active area.
    var cropTop = 0
    var cropLeft = 0
    let activeWidth: Int
    let activeHeight: Int

    /// Of the active area in the stored samples.
    var activeTop: Int { top - cropTop }
    var activeLeft: Int { left - cropLeft }

    init(_ directory: TIFFDirectory, width storedWidth: Int, height storedHeight: Int) throws(CodecError) {
        let active = try directory.integers(.activeArea, atMost: 4) ?? [0, 0, storedHeight, storedWidth]
        guard active.count == 4, active[0] < active[2], active[1] < active[3], active[2] <= storedHeight,
            active[3] <= storedWidth
        else {
            throw directory.fault(.activeArea, "\(active) lies outside \(storedWidth)×\(storedHeight)")
        }
        (top, left, height, width) = (active[0], active[1], active[2] - active[0], active[3] - active[1])
        (activeWidth, activeHeight) = (width, height)
        let origin = try directory.numbers(.defaultCropOrigin, exactly: 2) ?? [0, 0]
        let size = try directory.numbers(.defaultCropSize, exactly: 2) ?? [Double(width), Double(height)]
        // Rationals: a crop may start between samples.
        let crop = (origin + size).map { $0.rounded() }
        let isInside =
            crop.allSatisfy { $0 >= 0 } && crop[2] >= 1 && crop[3] >= 1 && crop[0] + crop[2] <= Double(width)
            && crop[1] + crop[3] <= Double(height)
        guard isInside else {
            throw directory.fault(
                .defaultCropSize, "\(size) from \(origin) lies outside the active area, \(width)×\(height)")
        }
        (cropLeft, cropTop, width, height) = (Int(crop[0]), Int(crop[1]), Int(crop[2]), Int(crop[3]))
        top += cropTop
        left += cropLeft
    }
}
