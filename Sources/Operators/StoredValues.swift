internal import CKernels
internal import Tensors

/// Elements of a tensor of float32 or bfloat16, by place.
struct StoredValues: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    /// bfloat16 instead of float32.
    let isHalf: Bool

    init(_ tensor: Tensor) {
        base = tensor.base
        isHalf = tensor.dataType == .bfloat16
    }

    /// Bytes by place.
    init(base: UnsafeMutableRawPointer) {
        self.base = base
        isHalf = false
    }

    func element(_ index: Int) -> UnsafeMutableRawPointer { base + (isHalf ? 2 * index : 4 * index) }

    var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }
}

/// What one run of a blocked convolution reads and writes.
struct BlockedConvJob: @unchecked Sendable {
    let x: StoredValues
    let residual: StoredValues?
    let y: StoredValues
    let workspace: UnsafeMutableRawPointer?
    let finish: ck_f32_finish
}
