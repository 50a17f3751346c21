import Aitrios
import FoundationEssentials
import StrictJSON

/// The state of a device between what happens to it: which upload runs, what was reported, how the deployment stands.
struct AitriosSession {
    private let eye: AitriosEye
    private let options: AitriosDevice.Options
    private let uploader: AitriosUploader
    private let connection: MQTTConnection
    private let steps: AsyncStream<AitriosDevice.Step>.Continuation
    private let onEvent: @Sendable (AitriosEvent) -> Void

    private(set) var totals = AitriosTotals()
    private var report: DeviceReport
    private var stream: Task<Void, Never>?
    private var work: [Task<Void, Never>] = []
    private var isConnected = false
    private var wasConnected = false
    private var seconds = 0
    private var lastReport = 0
    private var hasChanged = false
    private var pictures: UInt64 = 0

    /// The report asks for the desired attributes under this number, as the devices do.
    private static let attributesRequest = 10_000
    private static let eventLogPeriod = 15

    init(
        eye: AitriosEye, options: AitriosDevice.Options, uploader: AitriosUploader, connection: MQTTConnection,
        steps: AsyncStream<AitriosDevice.Step>.Continuation, onEvent: @escaping @Sendable (AitriosEvent) -> Void
    ) {
        self.eye = eye
        self.options = options
        self.uploader = uploader
        self.connection = connection
        self.steps = steps
        self.onEvent = onEvent
        report = DeviceReport(
            wire: options.wire, deviceID: options.deviceID, version: options.version, sensorName: options.sensorName,
            temperature: 35, modelName: eye.networkName, modelHash: options.modelHash)
    }

    /// Whether as many files were uploaded as the options say.
    var isDone: Bool {
        guard let limit = options.uploadLimit else { return Task.isCancelled }
        return Task.isCancelled || totals.imagesUploaded + totals.resultsUploaded >= limit
    }

    /// Ends what is under way.
    mutating func end() async {
        for task in work + [stream].compactMap(\.self) { task.cancel() }
        for task in work + [stream].compactMap(\.self) { await task.value }
        steps.finish()
    }

    mutating func take(_ step: AitriosDevice.Step) throws(SensorError) {
        switch step {
        case .mqtt(.connected): greet()
        case .mqtt(.disconnected(let detail)):
            isConnected = false
            onEvent(.disconnected(detail: detail))
        case .mqtt(.message(let topic, let payload)): receive(payload, topic: topic)
        case .second: try pass()
        case .frame: totals.frames += 1
        case .upload(let upload):
            switch (upload.failure, upload.kind) {
            case (nil, .image): totals.imagesUploaded += 1
            case (nil, .results): totals.resultsUploaded += 1
            default: totals.uploadsFailed += 1
            }
            onEvent(.uploaded(upload))
        case .telemetry(let payload): connection.publish(payload, to: DeviceTopics.telemetry)
        case .streamFailed(let error): onEvent(.refused(detail: error.description))
        case .streamEnded:
            stream = nil
            setStreaming(false)
        case .picture(let command, let result): answer(command, picture: result)
        case .deployed(let state):
            report.deployment = state
            connection.publish(report.systemInfo, to: DeviceTopics.attributes)
            onEvent(.deployed(id: state.deployment.id, isGood: state.reconciliation == .ok))
        }
    }

    // MARK: Reports

    private mutating func greet() {
        (isConnected, wasConnected) = (true, true)
        connection.subscribe(DeviceTopics.subscriptions)
        connection.publish(report.systemInfo, to: DeviceTopics.attributes)
        connection.publish(Array("{}".utf8), to: DeviceTopics.attributesRequest(Self.attributesRequest))
        sendStatus()
        onEvent(.connected)
    }

    private mutating func sendStatus() {
        connection.publish(report.status, to: DeviceTopics.attributes)
        (lastReport, hasChanged) = (seconds, false)
    }

    /// A second has passed: what has changed is reported after the shorter interval, what has not after the longer one.
    private mutating func pass() throws(SensorError) {
        seconds += 1
        guard isConnected else {
            if !wasConnected, Duration.seconds(seconds) >= options.patience {
                throw .broker(address: "\(options.broker.host):\(options.broker.port)", detail: "cannot be reached")
            }
            return
        }
        let since = seconds - lastReport
        if since >= report.reportInterval.maximum || hasChanged && since >= report.reportInterval.minimum {
            connection.publish(report.systemInfo, to: DeviceTopics.attributes)
            sendStatus()
        }
        if seconds % Self.eventLogPeriod == 2 {
            let time = Date().formatted(.iso8601)
            connection.publish(report.eventLog(34_048, at: time), to: DeviceTopics.telemetry)
        }
    }

    // MARK: Requests

    private mutating func receive(_ payload: [UInt8], topic: String) {
        do throws(AitriosError) {
            if let id = DeviceTopics.requestID(topic) {
                try obey(DeviceRequest.command(payload, id: id))
            } else if topic == DeviceTopics.attributes || DeviceTopics.isAttributesResponse(topic) {
                for request in try DeviceRequest.attributes(payload) { configure(request) }
            }
        } catch {
            onEvent(.refused(detail: "\(topic): \(error)"))
        }
    }

    private mutating func obey(_ command: DeviceRequest.Command) {
        totals.commands += 1
        switch command.request {
        case .start(let settings):
            start(settings)
            reply(command, .object(["Result": .string("Accepted")]))
            onEvent(.answered(method: "StartUploadInferenceData"))
        case .stop:
            stop()
            reply(command, .object(["Result": .string("Accepted")]))
            onEvent(.answered(method: "StopUploadInferenceData"))
        case .directImage(let crop):
            let (eye, steps, index) = (eye, steps, pictures)
            pictures += 1
            work.append(
                Task { steps.yield(.picture(command, await eye.picture(index, crop: crop))) })
        case .unknown(let method):
            reply(command, nil)
            onEvent(.refused(detail: "there is no method '\(method)'"))
        case .configureApp, .badConfiguration, .reportInterval, .deploy: configure(command.request)
        }
    }

    private func reply(_ command: DeviceRequest.Command, _ response: JSONValue?, isGood: Bool = true) {
        connection.publish(
            DeviceReport.answer(command, response, isGood: isGood), to: DeviceTopics.response(command.id))
    }

    private func answer(_ command: DeviceRequest.Command, picture: Result<[UInt8], SensorError>) {
        switch picture {
        case .success(let jpeg):
            reply(
                command,
                .object([
                    "res_info": DeviceReport.outcome(id: command.id, code: 0, detail: "ok"),
                    "image": .string(Data(jpeg).base64EncodedString()),
                ]))
            onEvent(.answered(method: "direct_get_image"))
        case .failure(let error):
            // 3: an invalid argument, by gRPC's numbers.
            let outcome = DeviceReport.outcome(id: command.id, code: 3, detail: error.description)
            reply(command, .object(["res_info": outcome, "image": .string("")]), isGood: false)
            onEvent(.refused(detail: error.description))
        }
    }

    private mutating func configure(_ request: DeviceRequest) {
        switch request {
        case .configureApp(let topic, let properties):
            switch properties.processState {
            case .running: start(properties.uploads)
            case .stopped: stop()
            case nil: break
            }
            var state = properties.properties
            state["res_info"] = DeviceReport.outcome(id: properties.requestID, code: 0, detail: "ok")
            report.appStates[topic] = state
            sendStatus()
        case .badConfiguration(let topic, let requestID, let detail):
            var state = report.appStates[topic] ?? [:]
            state["req_info"] = .object(["req_id": .string(requestID)])
            state["res_info"] = DeviceReport.outcome(id: requestID, code: 3, detail: detail)
            report.appStates[topic] = state
            sendStatus()
            onEvent(.refused(detail: detail))
        case .reportInterval(let minimum, let maximum):
            report.reportInterval = (minimum, maximum)
            hasChanged = true
        case .deploy(let deployment): deploy(deployment)
        case .start, .stop, .directImage, .unknown: break
        }
    }

    /// Fetches the modules and checks them. What runs is the application that is built in, whatever they hold.
    private mutating func deploy(_ deployment: Deployment) {
        guard deployment != report.deployment?.deployment else { return }
        let begun = DeviceReport.DeploymentState(
            deployment, .applying,
            modules: Dictionary(
                deployment.modules.map { ($0.id, (.downloading, nil)) }, uniquingKeysWith: { first, _ in first }))
        report.deployment = begun
        connection.publish(report.systemInfo, to: DeviceTopics.attributes)
        let (uploader, steps) = (uploader, steps)
        work.append(
            Task {
                var done = begun
                done.reconciliation = .ok
                for module in deployment.modules {
                    let failure = await uploader.fetch(module)
                    done.modules[module.id] = (failure == nil ? .ok : .error, failure)
                    if failure != nil { done.reconciliation = .error }
                }
                steps.yield(.deployed(done))
            })
    }

    // MARK: Uploads

    private mutating func start(_ settings: UploadSettings) {
        stop()
        let upload = AitriosStream(
            eye: eye, uploader: uploader, settings: settings, modelID: eye.networkName, deviceID: options.deviceID,
            framesPerSecond: options.framesPerSecond, firstFrame: UInt64(totals.frames), steps: steps)
        stream = Task { await upload.run() }
        setStreaming(true)
        onEvent(.started(settings))
    }

    private mutating func stop() {
        guard let stream else { return }
        stream.cancel()
        work.append(stream)
        self.stream = nil
        setStreaming(false)
        onEvent(.stopped)
    }

    private mutating func setStreaming(_ isStreaming: Bool) {
        report.isStreaming = isStreaming
        hasChanged = true
    }
}
