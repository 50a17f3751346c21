internal import CKernels

extension Epilogue {
    /// The epilogue as the blocked kernels take it, with a residual added before it or, when `addsLast`, after it.
    func finish(addsLast: Bool) -> ck_f32_finish {
        var finish = ck_f32_finish(
            low: -.infinity, high: .infinity, function: .count, a: 0, b: 0, adds_last: addsLast ? 1 : 0)
        switch self {
        case .identity: break
        case .relu where !addsLast: finish.low = 0
        case .clip(let low, let high) where !addsLast: (finish.low, finish.high) = (low, high)
        default: if let (function, a, b) = function { (finish.function, finish.a, finish.b) = (function, a, b) }
        }
        return finish
    }
}
