/// Which samples of a region are bad.
struct SampleDefects {
    /// Row × width + column, in rising order.
    private(set) var indices: [Int] = []
    private var members: Set<Int> = []

    var count: Int { indices.count }

    func contains(_ index: Int) -> Bool { members.contains(index) }

    init(_ region: DNGSamples.Region, isBad: (_ row: Int, _ column: Int) -> Bool) {
        for row in 0..<region.height {
            for column in 0..<region.width where isBad(row, column) { indices.append(row * region.width + column) }
        }
        members = Set(indices)
    }

    /// Points and rectangles outside the region mean nothing.
    ///
    /// - Throws: `CodecError.limitExceeded` for rectangles of more samples together than the region has.
    init(
        _ region: DNGSamples.Region, points: [DNGOpcode.Point], rectangles: [DNGOpcode.Region], _ tag: TIFFTag,
        _ directory: TIFFDirectory
    ) throws(CodecError) {
        for point in points where point.row < region.height && point.column < region.width {
            members.insert(point.row * region.width + point.column)
        }
        let limit = region.width * region.height
        var covered = 0
        for rectangle in rectangles {
            let rows = min(rectangle.top, region.height)..<min(rectangle.bottom, region.height)
            let columns = min(rectangle.left, region.width)..<min(rectangle.right, region.width)
            covered += rows.count * columns.count
            guard covered <= limit else {
                throw .limitExceeded(
                    format: directory.format, field: "bad samples of \(tag.name)", limit: limit, value: covered)
            }
            for row in rows { for column in columns { members.insert(row * region.width + column) } }
        }
        indices = members.sorted()
    }
}
