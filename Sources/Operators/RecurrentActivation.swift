internal import CKernels
internal import Graph

/// An activation of RNN, GRU and LSTM, applied to a run of float32 in place.
struct RecurrentActivation: Sendable {
    enum Name: String, CaseIterable {
        case relu, tanh, sigmoid, affine, leakyrelu, thresholdedrelu, scaledtanh, hardsigmoid, elu, softsign, softplus

        /// Defaults of the parameters that the function takes.
        var parameters: (alpha: Float?, beta: Float?) {
            switch self {
            case .relu, .tanh, .sigmoid, .softsign, .softplus: (nil, nil)
            case .affine, .scaledtanh: (1, 1)
            case .leakyrelu: (0.01, nil)
            case .thresholdedrelu, .elu: (1, nil)
            case .hardsigmoid: (0.2, 0.5)
            }
        }
    }

    private let name: Name
    private let alpha: Float
    private let beta: Float

    func callAsFunction(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
        switch name {
        case .relu: ck_f32_map(.relu, x, x, count, 0, 0)
        case .tanh: ck_f32_map(.tanh, x, x, count, 0, 0)
        case .sigmoid: ck_f32_map(.sigmoid, x, x, count, 0, 0)
        case .affine: ck_f32_map(.scale, x, x, count, alpha, beta)
        case .leakyrelu: ck_f32_map(.leakyRelu, x, x, count, alpha, 0)
        case .thresholdedrelu: for i in 0..<count where !(x[i] > alpha) { x[i] = 0 }
        case .scaledtanh:
            ck_f32_map(.scale, x, x, count, beta, 0)
            ck_f32_map(.tanh, x, x, count, 0, 0)
            ck_f32_map(.scale, x, x, count, alpha, 0)
        case .hardsigmoid: ck_f32_map(.hardSigmoid, x, x, count, alpha, beta)
        case .elu: ck_f32_map(.elu, x, x, count, alpha, 0)
        case .softsign: ck_f32_map(.softsign, x, x, count, 0, 0)
        case .softplus: ck_f32_map(.softplus, x, x, count, 0, 0)
        }
    }

    /// The functions of a node, `defaults.count` for each direction. Parameters are handed out in order to the functions
    /// that take them.
    static func list(
        _ node: NodeDescription, defaults: [String], directions: Int
    ) throws(GraphError) -> [RecurrentActivation] {
        var names = Array(repeatElement(defaults, count: directions).joined())
        if case .strings(let given)? = node.attributes["activations"], !given.isEmpty {
            guard given.count == names.count else {
                throw node.malformed("\(given.count) activations, \(names.count) are wanted")
            }
            names = given
        }
        var alphas = try node.floats("activation_alpha") ?? []
        var betas = try node.floats("activation_beta") ?? []
        var result: [RecurrentActivation] = []
        for text in names {
            guard let name = Name(rawValue: text.lowercased()) else { throw node.unsupported("activation '\(text)'") }
            let (alpha, beta) = name.parameters
            let a = alpha != nil && !alphas.isEmpty ? alphas.removeFirst() : alpha ?? 0
            let b = beta != nil && !betas.isEmpty ? betas.removeFirst() : beta ?? 0
            result.append(RecurrentActivation(name: name, alpha: a, beta: b))
        }
        return result
    }
}
