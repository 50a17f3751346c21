import HTTPTypes
import Hummingbird

/// `/v1/jobs`: what became of requests that were to be answered later.
enum JobRoutes {
    static func add(to table: RouteTable, _ state: ServiceState) {
        table.get("/v1/jobs/:id") { _, context in
            response(try state.jobs.find(try context.parameters.require("id"), key: context.caller?.name))
        }
        table.get("/v1/jobs/:id/picture") { _, context in
            let job = try state.jobs.find(try context.parameters.require("id"), key: context.caller?.name)
            guard let picture = job.picture else { throw Problem.notFound("this job has no picture") }
            return Response(
                status: .ok, headers: [.contentType: picture.contentType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: picture.bytes))
        }
        table.delete("/v1/jobs/:id") { _, context in
            guard let job = try await state.jobs.cancel(try context.parameters.require("id"), key: context.caller?.name)
            else {
                return Response(status: .noContent)
            }
            return response(job)
        }
    }

    static func accepted(_ job: Job) -> Response {
        var response = response(job)
        response.status = .accepted
        response.headers[.location] = Job.path(job.id)
        response.headers[.preferenceApplied] = "respond-async"
        return response
    }

    private static func response(_ job: Job) -> Response {
        var response = JSONBody.response(buffer: ByteBuffer(bytes: job.json()))
        if !job.state.isFinal { response.headers[.retryAfter] = "1" }
        return response
    }
}

/// How a request wants to be answered later: `Prefer: respond-async` (RFC 7240), and whom to call then.
struct Deferral: Sendable {
    var address: WebhookAddress?

    /// `nil` for a request that waits for its answer.
    init?(_ headers: HTTPFields, webhooks: WebhookPolicy?) throws(Problem) {
        let isDeferred = headers[values: .prefer].joined(separator: ",").split(separator: ",").contains { preference in
            preference.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased() == "respond-async"
        }
        let webhook = headers[.webhook]
        guard isDeferred else {
            guard webhook == nil else {
                throw .malformed("goes with Prefer: respond-async", field: "Fovea-Webhook")
            }
            return nil
        }
        guard let webhook else { return }
        guard let webhooks else {
            throw Problem(
                .forbidden, "webhook-not-allowed", "the setting jobs.webhooks allows no address", field: "Fovea-Webhook"
            )
        }
        address = try webhooks.address(webhook)
    }
}
