import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Pipeline
import ServiceLifecycle
import Vision

/// Streams of a sensor: results as server-sent events, annotated pictures as motion JPEG.
enum SensorStreamRoutes {
    static func add(to table: RouteTable, _ state: ServiceState) {
        table.get("/v1/sensors/:id/results") { _, context in
            let sensor = try state.sensors.find(try SensorRoutes.id(context))
            return try stream(
                sensor.events, backlog: state.configuration.eventBacklog,
                contentType: "text/event-stream; charset=utf-8", preamble: "retry: 2000\n\n",
                heartbeat: (state.configuration.heartbeatInterval, ": heartbeat\n\n"), context: context
            ) { event, buffer in
                buffer.writeString("event: result\nid: \(event.number)\ndata: ")
                buffer.writeImmutableBuffer(event.json)
                buffer.writeString("\n\n")
            }
        }
        table.get("/v1/sensors/:id/live.mjpeg") { _, context in
            let sensor = try state.sensors.find(try SensorRoutes.id(context))
            let ceiling = state.configuration.privacy.ceiling(key: context.caller?.id, sensor: sensor.id.name)
            guard ceiling >= .masked else {
                throw Problem(PipelineError.withheld(what: "pictures", level: ceiling.rawValue))
            }
            // Each picture is followed by a boundary at once: browsers show a part when they see its end.
            return try stream(
                sensor.pictures, backlog: 1, contentType: "multipart/x-mixed-replace; boundary=fovea-frame",
                preamble: "--fovea-frame\r\n", heartbeat: nil, context: context,
                onStart: { sensor.watchers.add(ceiling) }, onEnd: { sensor.watchers.remove(ceiling) }
            ) { picture, buffer in
                // One made for others, before this reader came.
                guard picture.level <= ceiling else { return }
                buffer.writeString("Content-Type: image/jpeg\r\nContent-Length: \(picture.jpeg.readableBytes)\r\n")
                buffer.writeString("Fovea-Frame-Number: \(picture.number)\r\n\r\n")
                buffer.writeImmutableBuffer(picture.jpeg)
                buffer.writeString("\r\n--fovea-frame\r\n")
            }
        }
    }

    /// A response that goes on until the client leaves or the service stops.
    private static func stream<Element>(
        _ broadcast: Broadcast<Element>, backlog: Int, contentType: String, preamble: String,
        heartbeat: (interval: Duration, text: String)?, context: ServiceContext,
        onStart: @escaping @Sendable () -> Void = {}, onEnd: @escaping @Sendable () -> Void = {},
        write: @escaping @Sendable (Element, inout ByteBuffer) -> Void
    ) throws(Problem) -> Response {
        guard broadcast.hasRoom else {
            throw .overloaded("as many readers as the service takes are watching this sensor", retryAfter: 10)
        }
        let connection = context.connection
        let body = ResponseBody { writer in
            // Subscribed here and not above: for HEAD nothing is ever read.
            if let subscription = broadcast.subscribe(backlog: backlog) {
                onStart()
                defer { onEnd() }
                let token = connection?.addCloseHandler(subscription.finish)
                defer { connection?.removeCloseHandler(token) }
                try await writer.write(ByteBuffer(string: preamble))
                try await withGracefulShutdownHandler {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        if let heartbeat {
                            group.addTask { try await subscription.beat(every: heartbeat.interval) }
                        }
                        for await element in subscription.elements {
                            var buffer = ByteBuffer()
                            if let element {
                                write(element, &buffer)
                            } else {
                                buffer.writeString(heartbeat?.text ?? "")
                            }
                            if buffer.readableBytes > 0 { try await writer.write(buffer) }
                        }
                        group.cancelAll()
                    }
                } onGracefulShutdown: {
                    subscription.finish()
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: contentType, .cacheControl: "no-cache, no-store", .acceleratedBuffering: "no"],
            body: body)
    }
}
