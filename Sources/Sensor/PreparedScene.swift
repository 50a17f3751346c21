package import Imaging
import Tensors

/// A scene as sensors of one kind see it: the light that reaches each pixel through lens and colour filter, before exposure
/// and any chance. Sensors of the same data sheet and mode may share it.
package struct PreparedScene: Sendable {
    /// What 1 stands for.
    enum Unit: Sendable {
        /// The light that white gives to a green pixel in the middle of the picture.
        case white
        /// One electron in every exposure.
        case electrons
    }

    package let width: Int
    package let height: Int
    let unit: Unit
    /// `Float`, row by row without padding, each finite and at least 0.
    private let light: ByteStorage
    /// What makes grey grey under the scene's light; `nil` where colour means nothing.
    package let whiteBalanceGains: SIMD3<Double>?
    /// White-balanced camera RGB → linear sRGB under the scene's light.
    package let cameraToSRGB: ColorMatrix?

    init(
        width: Int, height: Int, unit: Unit, light: ByteStorage, whiteBalanceGains: SIMD3<Double>? = nil,
        cameraToSRGB: ColorMatrix? = nil
    ) {
        precondition(light.byteCount == width * height * 4)
        self.width = width
        self.height = height
        self.unit = unit
        self.light = light
        self.whiteBalanceGains = whiteBalanceGains
        self.cameraToSRGB = cameraToSRGB
    }

    /// The light on the pixels of `row`.
    package func row(_ row: Int) -> UnsafePointer<Float> {
        UnsafePointer((light.base + row * width * 4).assumingMemoryBound(to: Float.self))
    }

    package var byteCount: Int { light.byteCount }
}
