internal import CKernels
internal import Tensors

/// A convolution's weights as the matrix kernel reads them: for each group and each block of the depth, panels of rows.
struct PackedWeights: Sendable {
    private let floats: Tensor
    private let paddedRows: Int
    private let depth: Int

    /// Large enough to amortise loading sums, small enough for a panel of columns to stay in the first-level cache.
    private static let preferredDepth = 256

    /// Steps of K that are summed at a time: whole channels.
    static func depthBlock(kernelCount: Int) -> Int { max(1, preferredDepth / kernelCount) * kernelCount }

    /// - Parameter weights: [M, C / groups, …] of float32, M a multiple of `groups`.
    init(_ weights: Tensor, groups: Int) {
        let panel = Int(ck_f32_gemm_rows)
        let rows = weights.shape[0] / groups
        let kernelCount = weights.shape.dimensions[2...].reduce(1, *)
        depth = weights.shape[1] * kernelCount
        paddedRows = (rows + panel - 1) / panel * panel
        floats = Tensor(dataType: .float32, shape: [groups * paddedRows * depth], zeroed: false)
        guard let source = weights.elements(as: Float.self).baseAddress,
            let target = floats.mutableElements(as: Float.self).baseAddress
        else { return }
        let block = Self.depthBlock(kernelCount: kernelCount)
        for group in 0..<groups {
            for first in stride(from: 0, to: depth, by: block) {
                ck_f32_gemm_pack_a(
                    source + group * rows * depth + first, depth, rows, min(block, depth - first),
                    target + (group * depth + first) * paddedRows)
            }
        }
    }

    /// The panels from row `row` on, a multiple of a panel's height, of the block of depth that starts at `first` and is
    /// `count` deep.
    func panels(group: Int, first: Int, count: Int, row: Int) -> UnsafePointer<Float>? {
        floats.elements(as: Float.self).baseAddress.map {
            UnsafePointer($0 + (group * depth + first) * paddedRows + row * count)
        }
    }
}
