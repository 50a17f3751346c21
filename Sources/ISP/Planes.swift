/// One row of each colour, as wide as the picture.
struct Planes {
    var red: UnsafeMutablePointer<UInt16>
    var green: UnsafeMutablePointer<UInt16>
    var blue: UnsafeMutablePointer<UInt16>
}

extension Planes {
    /// All three the same.
    init(gray: UnsafeMutablePointer<UInt16>) { self.init(red: gray, green: gray, blue: gray) }
}
