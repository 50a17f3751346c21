package import Graph
package import ISP
internal import Inference
internal import Synchronization
package import Tensors

/// demosaicnet through the inference engine: the network of the folder of models, loaded when the first frame asks for it.
package final class LearnedDemosaic: DemosaicNetwork {
    private let folder: String?
    private let precision: Precision
    private let loaded = Mutex<Result<NetworkRunner, ISPError>?>(nil)

    /// - Parameters:
    ///   - models: the folder of models; `nil`: where models are looked for.
    ///   - precision: what products are computed in.
    package init(models: String? = nil, precision: Precision = .fp32) {
        folder = models
        self.precision = precision
    }

    package func interpolate(_ quads: Tensor, isCancelled: () -> Bool) throws(ISPError) -> Tensor {
        let runner = try runner()
        do throws(GraphError) {
            let outputs = try runner.run(["quads": quads], parallelism: .serial, isCancelled: isCancelled)
            guard let pixels = outputs["rgb"] else { throw .malformed(node: "rgb", detail: "is missing") }
            return pixels
        } catch .cancelled {
            throw .cancelled
        } catch {
            throw .unsupported(field: "demosaic", detail: "demosaicnet: \(error)")
        }
    }

    private func runner() throws(ISPError) -> NetworkRunner {
        let result = loaded.withLock { loaded in
            if let loaded { return loaded }
            let made = load()
            loaded = made
            return made
        }
        return try result.get()
    }

    private func load() -> Result<NetworkRunner, ISPError> {
        do {
            let path = try ModelLocation.find(explicit: folder) + "/demosaicnet/network.onnx"
            guard DirectoryListing.exists(path) else {
                return .failure(.unsupported(field: "demosaic", detail: "demosaicnet: there is no \(path)"))
            }
            var options = SessionOptions()
            options.precision = precision
            let session = try Session(path: path, options: options)
            guard session.sha256 == Demosaic.networkSHA256 else {
                return .failure(
                    .unsupported(
                        field: "demosaic",
                        detail: "demosaicnet: \(path) has the SHA-256 \(session.sha256), not \(Demosaic.networkSHA256)")
                )
            }
            return .success(NetworkRunner(session, parallelism: 1))
        } catch {
            return .failure(.unsupported(field: "demosaic", detail: "demosaicnet: \(error)"))
        }
    }
}
