internal import CKernels
package import Graph
internal import Tensors

/// What a convolution or product does to each element after the bias, while the element is still in cache.
package enum Epilogue: Sendable, Equatable {
    case identity
    case relu
    case leakyRelu(slope: Float)
    case clip(low: Float, high: Float)
    case sigmoid
    case tanh
    /// x · sigmoid(x)
    case silu
    case hardSigmoid(alpha: Float, beta: Float)
    case hardSwish
    case mish
    /// x Φ(x)
    case gelu

    var function: (ck_f32_function, Float, Float)? {
        switch self {
        case .identity: nil
        case .relu: (.relu, 0, 0)
        case .leakyRelu(let slope): (.leakyRelu, slope, 0)
        case .clip(let low, let high): (.clip, low, high)
        case .sigmoid: (.sigmoid, 0, 0)
        case .tanh: (.tanh, 0, 0)
        case .silu: (.silu, 1, 0)
        case .hardSigmoid(let alpha, let beta): (.hardSigmoid, alpha, beta)
        case .hardSwish: (.hardSwish, 0, 0)
        case .mish: (.mish, 0, 0)
        case .gelu: (.gelu, 0, 0)
        }
    }

    /// x = f(x + bias) in place.
    func apply(_ x: UnsafeMutablePointer<Float>, _ count: Int, bias: Float?) {
        if let bias { withUnsafePointer(to: bias) { ck_f32_zip(.add, x, 1, $0, 0, x, count) } }
        if let (function, a, b) = function { ck_f32_map(function, x, x, count, a, b) }
    }

    /// y = f(x + bias).
    func apply(_ x: UnsafeMutablePointer<Float>, to y: UnsafeMutablePointer<Float>, _ count: Int, bias: Float?) {
        if let (function, a, b) = function {
            if let bias { withUnsafePointer(to: bias) { ck_f32_zip(.add, x, 1, $0, 0, x, count) } }
            ck_f32_map(function, x, y, count, a, b)
        } else if let bias {
            withUnsafePointer(to: bias) { ck_f32_zip(.add, x, 1, $0, 0, y, count) }
        } else {
            y.update(from: x, count: count)
        }
    }
}

extension Epilogue: CustomStringConvertible {
    /// The name in listings.
    package var description: String {
        switch self {
        case .identity: "Identity"
        case .relu: "Relu"
        case .leakyRelu: "LeakyRelu"
        case .clip: "Clip"
        case .sigmoid: "Sigmoid"
        case .tanh: "Tanh"
        case .silu: "SiLU"
        case .hardSigmoid: "HardSigmoid"
        case .hardSwish: "HardSwish"
        case .mish: "Mish"
        case .gelu: "Gelu"
        }
    }
}

/// An operator that can end with an ``Epilogue``.
package protocol EpilogueFusable: Operator {
    var epilogue: Epilogue { get }

    /// The same operator with an epilogue; `nil` when it has one already.
    func fused(with epilogue: Epilogue) -> (any Operator)?
}
