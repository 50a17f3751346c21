/// A picture that is made row by row, as rows are asked for: nobody ever holds all of it.
package protocol PictureRows: Sendable {
    /// Size as stored, before it is turned upright.
    var width: Int { get }
    var height: Int { get }
    var format: Picture.Format { get }
    /// How stored rows and columns map to the upright picture.
    var orientation: Orientation { get }

    /// Makes rows for one thread; threads have a reader each.
    ///
    /// - Parameter window: how many of the rows last asked for stay valid.
    func makeReader(window: Int) -> any PictureRowReader
}

/// Gives the rows of a ``PictureRows`` to one thread.
package protocol PictureRowReader: AnyObject {
    /// Row `y` as stored, readable for 8 bytes past its last pixel.
    ///
    /// Rows are asked for in rising order, each as often as wanted while it is among the last `window` ones; rows may be
    /// left out. The pointer is valid until `window` rows further down have been asked for, and while the reader lives.
    func row(_ y: Int) -> UnsafePointer<UInt8>
}
