internal import CKernels
internal import Graph
internal import Tensors

/// A binary operation in blocked layout between [N, B, H, W, 16] and [N, B, 1, 1, 16], as squeeze-and-excitation blocks
/// have it: one vector for all pixels of a channel block.
struct LaneBroadcast {
    private let operation: ck_f32_operation
    private let x: Tensor
    private let lanes: Tensor

    /// `nil` when the shapes are others, or the operation would need its operands the other way round.
    init?(_ operation: ck_f32_operation, _ a: Tensor, _ b: Tensor) {
        self.operation = operation
        if Self.fits(a.shape, b.shape) {
            (x, lanes) = (a, b)
        } else if Self.fits(b.shape, a.shape), operation == .add || operation == .mul {
            (x, lanes) = (b, a)
        } else {
            return nil
        }
    }

    private static func fits(_ x: Shape, _ lanes: Shape) -> Bool {
        x.rank == 5 && lanes.rank == 5 && x[4] == 16 && lanes.dimensions == [x[0], x[1], 1, 1, 16]
    }

    func run(_ context: RunContext) {
        let y = context.output(0, .float32, x.shape)
        let pixels = x.shape[2] * x.shape[3]
        context.spread(x.shape[0] * x.shape[1], cost: pixels * 16) { range in
            for block in range {
                let at = block * pixels * 16
                ck_f32_block_zip(
                    operation, x.pointer(Float.self) + at, lanes.pointer(Float.self) + block * 16,
                    y.pointer(Float.self) + at, pixels)
            }
        }
    }
}
