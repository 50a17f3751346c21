import Hummingbird
import Pipeline

/// `/v2/models`: whether models are ready, what they take, how they are set up, what they did.
enum ModelProtocolRoutes {
    private struct Ready: Encodable {
        var name: String
        var ready = true
    }

    static func add(to table: RouteTable, _ pipeline: FramePipeline) {
        let library = pipeline.library
        table.protocolGet("/v2/models/stats") { _, _ in
            try JSONBody.response(ModelStatisticsListing(modelStats: library.loaded.map { .init($0) }))
        }
        for base in ["/v2/models/:model", "/v2/models/:model/versions/:version"] {
            table.protocolGet(base) { _, context in
                let model = try ModelParameter.model(context, library)
                let versions = context.parameters.get("version") == nil ? library.versions(of: model.name) : [model]
                return try JSONBody.response(ModelDescription(model, versions: versions))
            }
            table.protocolGet("\(base)/ready") { _, context in
                try JSONBody.response(Ready(name: try ModelParameter.model(context, library).name))
            }
            table.protocolGet("\(base)/config") { _, context in
                let model = try ModelParameter.model(context, library)
                return try JSONBody.response(ModelConfiguration(model))
            }
            table.protocolGet("\(base)/stats") { _, context in
                let model = try ModelParameter.model(context, library)
                let models = context.parameters.get("version") == nil ? library.versions(of: model.name) : [model]
                return try JSONBody.response(ModelStatisticsListing(modelStats: models.map { .init($0) }))
            }
        }
    }
}
