import CKernels
import Tensors
import TestSupport
import Testing

@Suite("matrix kernel")
struct GemmKernelTests {
    typealias Gemm =
        @convention(c) (
            Int, Int, Int, UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?, Int32,
            UnsafeMutablePointer<Float>?, Int
        ) -> Void

    static var levels: [(String, Gemm)] {
        var levels: [(String, Gemm)] = [("portable", ck_f32_gemm__portable)]
        #if arch(x86_64)
        if ck_isa_supported().rawValue >= ck_isa_avx2.rawValue { levels.append(("avx2", ck_f32_gemm__avx2)) }
        if ck_isa_supported().rawValue >= ck_isa_avx512.rawValue { levels.append(("avx512", ck_f32_gemm__avx512)) }
        #endif
        return levels
    }

    @Test(
        "sums in ascending order with the same bits at every level, inside its bounds",
        arguments: [1, 2, 5, 6, 7, 11, 12, 13, 24, 31], [1, 15, 16, 17, 31, 32, 33, 100])
    func product(rows: Int, columns: Int) {
        for depth in [0, 1, 7, 64] {
            var generator = SplitMix64(seed: UInt64(rows * 1000 + columns + depth))
            let a = (0..<rows * depth).map { _ in Float.random(in: -1...1, using: &generator) }
            let b = (0..<depth * columns).map { _ in Float.random(in: -1...1, using: &generator) }
            let bias = (0..<rows).map { _ in Float.random(in: -1...1, using: &generator) }
            var packedA = [Float](repeating: 7, count: (rows + 11) / 12 * 12 * depth)
            var packedB = [Float](repeating: 7, count: (columns + 31) / 32 * 32 * depth)
            ck_f32_gemm_pack_a(a, depth, rows, depth, &packedA)
            ck_f32_gemm_pack_b(b, columns, depth, columns, &packedB)
            let stride = columns + 5
            var expected = [Float](repeating: 777, count: rows * stride)
            var twice = expected
            for i in 0..<rows {
                for j in 0..<columns {
                    var sum = bias[i]
                    for k in 0..<depth { sum.addProduct(a[i * depth + k], b[k * columns + j]) }
                    expected[i * stride + j] = sum
                    for k in 0..<depth { sum.addProduct(a[i * depth + k], b[k * columns + j]) }
                    twice[i * stride + j] = sum
                }
            }
            for (name, gemm) in Self.levels {
                var y = [Float](repeating: 777, count: rows * stride)
                gemm(rows, columns, depth, packedA, packedB, bias, 0, &y, stride)
                #expect(y == expected, "\(name), depth \(depth)")
                gemm(rows, columns, depth, packedA, packedB, bias, 1, &y, stride)
                #expect(y == twice, "\(name), accumulating, depth \(depth)")
            }
        }
    }
}
