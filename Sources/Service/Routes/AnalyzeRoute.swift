import HTTPTypes
import Hummingbird
import Pipeline
import Vision

/// `POST /v1/analyze`: one frame in, its result out, as JSON, as an annotated picture, or both; at once, or later as a job.
enum AnalyzeRoute {
    static func add(to table: RouteTable, _ state: ServiceState) {
        table.post("/v1/analyze") { request, context in
            do {
                return try await answer(request, context, state)
            } catch {
                state.metrics.dropped(DropReason(Problem(error)), sensor: nil)
                throw error
            }
        }
    }

    private static func answer(
        _ request: Request, _ context: ServiceContext, _ state: ServiceState
    ) async throws -> Response {
        // What the client accepts is read first: a frame is not analysed for an answer that nobody takes.
        let accepted = Result { () throws(Problem) in
            try OutputKind.accepted(by: request.headers[values: .accept].joinedList)
        }
        if request.uri.query?.contains("output=") != true, !isForm(request) { _ = try accepted.get() }
        let deferral = try Deferral(request.headers, webhooks: state.jobs.webhooks)
        let key = try IdempotencyTable.key(request, context: context)
        let frame = try await FrameRequest.read(
            request, context: context, reader: state.reader, known: RequestOptions.analyze)
        let output = try frame.options.output ?? accepted.get()
        let rules = state.configuration.privacy
        let options = try frame.options.analysis(under: rules, ceiling: rules.ceiling(key: context.caller?.id))
        func respond() async throws -> Response {
            if let deferral { return try await answerLater(frame, options, output, deferral, context, state) }
            let (analysis, answered) = try await context.cancellingOnDisconnect {
                try await analyze(frame, options, output, state)
            }
            return try response(analysis, answered, as: output)
        }
        guard let key else { return try await respond() }
        let manner = "\(output) \(deferral != nil) \(deferral?.address?.text ?? "")"
        return try await state.idempotency.answer(key, fingerprint: try frame.fingerprint(manner), respond)
    }

    /// Answers the frame and stores the result.
    private static func analyze(
        _ frame: FrameRequest, _ options: AnalysisOptions, _ output: OutputKind, _ state: ServiceState
    ) async throws -> (Analysis, AnsweredResult) {
        var options = options
        options.digests = state.takesDigests
        options.picture = output.pictureFormat(quality: frame.options.quality ?? state.configuration.pictureQuality)
        let analysis = try await state.analyzer.analyze(frame.input, options: options)
        state.metrics.answered(analysis.result, sensor: nil)
        return (analysis, try await state.stored(analysis, of: frame, keepsPicture: true, mayDrop: false))
    }

    private static func answerLater(
        _ frame: FrameRequest, _ options: AnalysisOptions, _ output: OutputKind, _ deferral: Deferral,
        _ context: ServiceContext, _ state: ServiceState
    ) async throws -> Response {
        // What can be told now need not wait for the job.
        try state.pipeline?.validate(options)
        let job = try await state.jobs.submit(
            key: context.caller?.name, address: deferral.address, requestID: context.requestID
        ) {
            let (analysis, answered) = try await analyze(frame, options, output, state)
            let picture = analysis.picture.map { picture in
                Job.Picture(bytes: ByteBuffer(bytes: picture.bytes), contentType: picture.format.contentType)
            }
            return JobTable.Outcome(result: answered.json, picture: picture)
        }
        return JobRoutes.accepted(job)
    }

    private static func isForm(_ request: Request) -> Bool {
        request.headers[.contentType]?.lowercased().hasPrefix("multipart/") ?? false
    }

    private static func response(_ analysis: Analysis, _ answered: AnsweredResult, as output: OutputKind) throws
        -> Response
    {
        var response: Response
        switch output {
        case .json: response = JSONBody.response(buffer: answered.json)
        case .coco: response = JSONBody.response(buffer: ByteBuffer(bytes: analysis.result.cocoArray))
        case .jpeg, .png:
            response = Response(
                status: .ok, headers: [.contentType: output.mediaType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try analysis.requirePicture().bytes)))
        case .both:
            let picture = try analysis.requirePicture()
            response = MultipartMixed.response(
                json: answered.json, picture: picture.bytes, pictureType: picture.format.contentType)
        }
        response.headers[.vary] = "Accept"
        if let id = answered.id { response.headers[.resultID] = "\(id)" }
        return response
    }
}

/// The analyzer was asked for a picture and made none.
struct MissingPicture: Error {}

extension Analysis {
    func requirePicture() throws -> EncodedPicture {
        guard let picture else { throw MissingPicture() }
        return picture
    }
}

extension [String] {
    /// Several header fields of one name are one list (RFC 9110 section 5.3).
    var joinedList: String? { isEmpty ? nil : joined(separator: ", ") }
}
