package import Tensors

/// Named tensors for one run of a model, pictures in place of tensors where the model's manifest tells how they go in.
package struct TensorRequest: Sendable {
    package enum Input: Sendable {
        case tensor(Tensor)
        /// Encoded pictures or raw frames, one a row.
        case pictures([FrameInput])
    }

    package var model: String
    /// `nil`: the newest that is loaded.
    package var version: String?
    package var inputs: [String: Input]
    /// Outputs wanted, in this order; `nil` for all in the model's order.
    package var outputs: [String]?
    /// 1 goes first; 0 stands for 1.
    package var priority = 0
    /// From arrival to answer; `nil` or longer than the pipeline's own: the pipeline's own.
    package var timeoutMicroseconds: Int?

    package init(model: String, version: String? = nil, inputs: [String: Input]) {
        self.model = model
        self.version = version
        self.inputs = inputs
    }
}

/// A model's outputs.
package struct TensorAnswer: Sendable {
    package var model: LoadedModel
    package var outputs: [(name: String, tensor: Tensor)]
}
