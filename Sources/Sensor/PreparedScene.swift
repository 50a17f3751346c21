package import Imaging
import Tensors

/// A scene as one sensor sees it: the mean number of electrons that each pixel gathers, before any chance.
package struct PreparedScene: Sendable {
    package let width: Int
    package let height: Int
    /// Electrons, `Float`, row by row without padding, each finite and at least 0.
    private let electrons: ByteStorage
    /// What makes grey grey under the scene's light; `nil` where colour means nothing.
    package let whiteBalanceGains: SIMD3<Double>?
    /// White-balanced camera RGB → linear sRGB under the scene's light.
    package let cameraToSRGB: ColorMatrix?

    init(
        width: Int, height: Int, electrons: ByteStorage, whiteBalanceGains: SIMD3<Double>? = nil,
        cameraToSRGB: ColorMatrix? = nil
    ) {
        precondition(electrons.byteCount == width * height * 4)
        self.width = width
        self.height = height
        self.electrons = electrons
        self.whiteBalanceGains = whiteBalanceGains
        self.cameraToSRGB = cameraToSRGB
    }

    /// Mean electrons of the pixels of `row`.
    package func row(_ row: Int) -> UnsafePointer<Float> {
        UnsafePointer((electrons.base + row * width * 4).assumingMemoryBound(to: Float.self))
    }

    package var byteCount: Int { electrons.byteCount }
}
