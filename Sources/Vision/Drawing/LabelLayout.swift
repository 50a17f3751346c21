/// Finds places for label plates: inside the picture and clear of those placed before.
struct LabelLayout {
    private let width: Int
    private let height: Int
    private var taken: [(x: Int, y: Int, width: Int, height: Int)] = []

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// A place for the plate of a box from (`x0`, `y0`) to (`x1`, `y1`), the latter exclusive: on top of the box, else inside under
    /// its upper edge, else under it, else inside over its lower edge; flush with its left side, else with its right.
    /// `nil` when none of them is free, so that no label covers a better one.
    mutating func place(
        width plateWidth: Int, height plateHeight: Int, x0: Int, y0: Int, x1: Int, y1: Int, inset: Int
    ) -> (x: Int, y: Int)? {
        guard plateWidth <= width, plateHeight <= height else { return nil }
        for y in [y0 - plateHeight, y0 + inset, y1, y1 - inset - plateHeight] where y >= 0 && y + plateHeight <= height
        {
            for wanted in [x0, x1 - plateWidth] {
                let x = max(0, min(wanted, width - plateWidth))
                let isTaken = taken.contains {
                    $0.x < x + plateWidth && x < $0.x + $0.width && $0.y < y + plateHeight && y < $0.y + $0.height
                }
                if !isTaken {
                    taken.append((x, y, plateWidth, plateHeight))
                    return (x, y)
                }
            }
        }
        return nil
    }
}
