internal import Synchronization
internal import Tensors
internal import Vision

/// Takes digests of a network's input and outputs on the way of one frame.
final class StageDigests: Sendable {
    private let found = Mutex<FrameResult.Digests?>(nil)

    var value: FrameResult.Digests? { found.withLock { $0 } }

    func note(input: Tensor?, outputs: [String: Tensor]) {
        var ofInput = SHA256()
        if let input { Self.add(input, to: &ofInput) }
        var ofOutputs = SHA256()
        for (name, tensor) in outputs.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            Array("\(name) \(tensor.dataType) \(tensor.shape)\n".utf8).withUnsafeBytes { ofOutputs.update($0) }
            Self.add(tensor, to: &ofOutputs)
        }
        let digests = FrameResult.Digests(tensor: ofInput.finalizeHex(), outputs: ofOutputs.finalizeHex())
        found.withLock { $0 = digests }
    }

    private static func add(_ tensor: Tensor, to hash: inout SHA256) {
        withExtendedLifetime(tensor.storage) {
            hash.update(UnsafeRawBufferPointer(start: tensor.base, count: tensor.byteCount))
        }
    }
}
