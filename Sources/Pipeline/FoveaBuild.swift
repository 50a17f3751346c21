internal import CKernels
package import Vision

/// What this program is.
package enum FoveaBuild {
    package static let version = "0.1.0"

    /// Instruction set that the kernels use now.
    package static var isa: String { String(cString: ck_isa_name(ck_isa_level())) }

    package static var provenance: FrameResult.Build { FrameResult.Build(version: version, isa: isa) }
}
