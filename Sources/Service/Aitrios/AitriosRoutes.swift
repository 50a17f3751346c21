import Hummingbird

/// What AITRIOS devices upload: `PUT /v1/aitrios/{sensor}/images/{file}` and `…/inferences/{file}`. A picture is a frame of
/// the sensor; a file of results is what the sensor itself says, and no model runs for it.
enum AitriosRoutes {
    static func add(to table: RouteTable, _ state: ServiceState) {
        // The devices say PUT, some of their receivers' other clients POST.
        for add in [table.put, table.post] {
            add("/v1/aitrios/:id/images/:file") { request, context in
                try await ingest(context, state).take(request, context: context)
            }
            add("/v1/aitrios/:id/inferences/:file") { request, context in
                try await ingest(context, state).takeAitriosResults(request, context: context)
            }
        }
    }

    private static func ingest(_ context: ServiceContext, _ state: ServiceState) throws -> SensorIngest {
        SensorIngest(sensor: try state.sensor(try SensorRoutes.id(context)), state: state)
    }
}
