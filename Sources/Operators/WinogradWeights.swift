internal import Tensors

/// The weights of a 3 × 3 convolution turned for Winograd's F(2 × 2, 3 × 3): G g Gᵀ, worked out in double precision, for
/// each of 16 products a matrix of input by output channels.
struct WinogradWeights: Sendable {
    let products: [BlockedWeights]
    let bias: Tensor

    private static let turn: [[Double]] = [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]

    /// - Parameter weights: [M, C, 3, 3].
    init(_ weights: Tensor, bias: Tensor?) {
        let (outputs, channels) = (weights.shape[0], weights.shape[1])
        let source = weights.pointer(Float.self)
        let turned = (0..<16).map { _ in
            Tensor(dataType: .float32, shape: [outputs, channels, 1, 1], zeroed: false)
        }
        let targets = turned.map { $0.pointer(Float.self) }
        for filter in 0..<outputs * channels {
            let g = source + filter * 9
            withUnsafeTemporaryAllocation(of: Double.self, capacity: 12) { half in
                for i in 0..<4 {
                    for j in 0..<3 {
                        half[i * 3 + j] =
                            Self.turn[i][0] * Double(g[j]) + Self.turn[i][1] * Double(g[3 + j])
                            + Self.turn[i][2] * Double(g[6 + j])
                    }
                }
                for i in 0..<4 {
                    for j in 0..<4 {
                        targets[4 * i + j][filter] = Float(
                            half[i * 3] * Self.turn[j][0] + half[i * 3 + 1] * Self.turn[j][1]
                                + half[i * 3 + 2] * Self.turn[j][2])
                    }
                }
            }
        }
        products = turned.map { BlockedWeights($0, bias: nil, groups: 1, lanes: BlockedLayout.lanes) }
        self.bias = Tensor(dataType: .float32, shape: [BlockedLayout.blocks(outputs) * BlockedLayout.lanes])
        if let bias { self.bias.base.copyMemory(from: bias.base, byteCount: bias.byteCount) }
    }
}
