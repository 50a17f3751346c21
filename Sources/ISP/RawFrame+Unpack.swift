internal import CKernels
package import Imaging
internal import Tensors

extension RawFrame {
    /// The stored bytes of row `y`, valid while the frame lives.
    func rowBytes(_ y: Int) -> UnsafePointer<UInt8> {
        precondition(y >= 0 && y < height)
        return UnsafePointer((storage.base + byteOffset + y * rowStride).assumingMemoryBound(to: UInt8.self))
    }

    /// Unpacks row `y` into `width` 16-bit samples.
    package func unpackRow(_ y: Int, into target: UnsafeMutablePointer<UInt16>) {
        let row = rowBytes(y)
        switch (pixelFormat.packing, pixelFormat.bitDepth) {
        case (.unpacked, 8): ck_u16_unpack_8(row, width, target)
        case (.unpacked, _): ck_u16_unpack_16(row, width, target)
        case (.csi2, 10): ck_u16_unpack_csi2_10(row, width, target)
        case (.csi2, 12): ck_u16_unpack_csi2_12(row, width, target)
        case (.csi2, _): ck_u16_unpack_csi2_14(row, width, target)
        case (.lsb, 10): ck_u16_unpack_lsb_10(row, width, target)
        case (.lsb, 12): ck_u16_unpack_lsb_12(row, width, target)
        case (.lsb, _): ck_u16_unpack_lsb_14(row, width, target)
        case (.gigeVision, 10): ck_u16_unpack_gige_10(row, width, target)
        case (.gigeVision, _): ck_u16_unpack_gige_12(row, width, target)
        }
    }
}
