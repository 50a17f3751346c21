package import Tensors

/// What runs the network of ``Demosaic/demosaicnet``: the inference engine, which lies above this module.
///
/// One may be shared by many threads.
package protocol DemosaicNetwork: Sendable {
    /// - Parameter quads: [1, 4, h, w], float32: the samples of each 2×2 of a GRBG mosaic in reading order, 0…1, on the scale
    ///   that is interpolated on.
    /// - Returns: [1, 3, 2 h − 62, 2 w − 62], float32: red, green and blue of the pixels, less 31 on each side. What a pixel becomes
    ///   depends on the samples around it alone, not on where the tile begins.
    /// - Throws: `ISPError.unsupported` when there is no network, `ISPError.cancelled`.
    func interpolate(_ quads: Tensor, isCancelled: () -> Bool) throws(ISPError) -> Tensor
}
