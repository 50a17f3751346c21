import HTTPTypes
import Hummingbird
import HummingbirdCore
import Pipeline

/// `/v1/sensors`: frames in, counts and latest answers out.
enum SensorRoutes {
    private struct Listing: Encodable {
        var sensors: [Sensor.Summary]
    }

    private struct Accepted: Encodable {
        var accepted = true
        var sensor: String
    }

    static func add(to table: RouteTable, _ state: ServiceState) {
        table.post("/v1/sensors/:id/frames") { request, context in
            let sensor = try state.sensor(try id(context))
            return try await SensorIngest(sensor: sensor, state: state).take(request, context: context)
        }
        table.get("/v1/sensors") { _, _ in
            try JSONBody.response(Listing(sensors: state.sensors.all.map(\.summary)))
        }
        table.get("/v1/sensors/:id") { _, context in
            try JSONBody.response(try state.sensors.find(try id(context)).summary)
        }
        table.get("/v1/sensors/:id/latest.json") { _, context in
            guard let latest = try state.sensors.find(try id(context)).latest else {
                throw Problem.notFound("no frame of this sensor has been answered yet")
            }
            var response = JSONBody.response(buffer: latest.json)
            response.headers[.frameNumber] = "\(latest.number)"
            return response
        }
        table.get("/v1/sensors/:id/latest.jpg") { _, context in
            let sensor = try state.sensors.find(try id(context))
            let ceiling = state.configuration.privacy.ceiling(key: context.caller?.id, sensor: sensor.id.name)
            let picture = try await sensor.latestPicture(ceiling: ceiling) { input, options in
                try await SensorIngest.render(input, options, state)
            }
            return Response(
                status: .ok,
                headers: [
                    .contentType: "image/jpeg", .cacheControl: "no-store", .frameNumber: "\(picture.number)",
                ],
                body: ResponseBody(byteBuffer: picture.jpeg))
        }
    }

    static func id(_ context: ServiceContext) throws -> SensorID {
        try SensorID(try context.parameters.require("id"))
    }

    static func acceptedResponse(_ sensor: Sensor) throws -> Response {
        try JSONBody.response(Accepted(sensor: sensor.id.name), status: .accepted)
    }
}
