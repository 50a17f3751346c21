import Hummingbird
import Pipeline

/// The models as KServe's first protocol lists them, with more said of each.
enum ModelRoutes {
    private struct Listing: Encodable {
        var models: [String]
        var details: [Detail]
    }

    private struct Detail: Encodable {
        struct Tensor: Encodable {
            var name: String
            var dataType: String
            var shape: [Int]

            init(_ tensor: ModelSummary.TensorSummary) {
                name = tensor.name
                dataType = tensor.dataType
                shape = tensor.shape
            }
        }

        var name: String
        var ready = true
        var version: String
        var task: String
        var sha256: String
        var license: String
        var source: String
        var isDefault: Bool
        var labels: [String]
        var inputs: [Tensor]
        var outputs: [Tensor]

        init(_ model: ModelSummary) {
            name = model.name
            version = model.version
            task = model.task
            sha256 = model.sha256
            license = model.license
            source = model.source
            isDefault = model.isDefault
            labels = model.labels
            inputs = model.inputs.map(Tensor.init)
            outputs = model.outputs.map(Tensor.init)
        }
    }

    static func add(to table: RouteTable, _ state: ServiceState) {
        table.get("/v1/models") { _, _ in
            let models = state.analyzer.models
            return try JSONBody.response(Listing(models: models.map(\.name), details: models.map(Detail.init)))
        }
        table.get("/v1/models/:model") { _, context in
            let name = try context.parameters.require("model").percentDecoded(plusIsSpace: false)
            guard let model = state.analyzer.models.first(where: { $0.name == name }) else {
                throw Problem.notFound("there is no such model; see /v1/models")
            }
            return try JSONBody.response(Detail(model))
        }
    }
}
