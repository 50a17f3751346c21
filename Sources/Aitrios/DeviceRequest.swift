internal import FoundationEssentials
internal import StrictJSON

/// What a console asks of a device, as it comes in a message.
package enum DeviceRequest: Sendable, Equatable {
    /// EVP1: begin to upload.
    case start(UploadSettings)
    case stop
    /// One picture of the sensor's, at once.
    case directImage(crop: UploadSettings.Crop?)
    /// EVP2: properties of the edge application; the JSON is kept to be reported back.
    case configureApp(topic: String, EdgeAppProperties)
    /// Properties that cannot be taken, and why.
    case badConfiguration(topic: String, requestID: String, detail: String)
    /// Seconds between reports.
    case reportInterval(minimum: Int, maximum: Int)
    case deploy(Deployment)
    /// A command that the device does not know.
    case unknown(method: String)

    package static let byteLimit = 1 << 20

    /// A command and the way back.
    package struct Command: Sendable, Equatable {
        package var request: DeviceRequest
        package var id: String
        /// The module that it is for.
        package var instance: String
        package var wire: OnWireProtocol
    }

    /// Reads a command, of either generation: `{"method":"ModuleMethodCall","params":…}`.
    ///
    /// - Parameter id: from the message's topic.
    package static func command(_ bytes: [UInt8], id: String) throws(AitriosError) -> Command {
        let message = try Fields(parsing: bytes)
        let params = try message.object("params")
        if params.has("direct-command-request") {
            let call = try params.object("direct-command-request")
            let method = try call.string("method")
            let arguments = try Fields(parsing: Array(try call.string("params").utf8), or: "{}")
            return Command(
                request: try request(method, arguments), id: try call.optionalString("reqid") ?? id,
                instance: try call.string("instance"), wire: .evp2)
        }
        return Command(
            request: try request(try params.string("moduleMethod"), params.optionalObject("params") ?? Fields()),
            id: id,
            instance: try params.string("moduleInstance"), wire: .evp1)
    }

    private static func request(_ method: String, _ arguments: Fields) throws(AitriosError) -> DeviceRequest {
        switch method {
        case "StartUploadInferenceData": .start(try UploadSettings(start: arguments))
        case "StopUploadInferenceData": .stop
        case "direct_get_image", "DirectGetImage": .directImage(crop: try UploadSettings.Crop(directImage: arguments))
        default: .unknown(method: String(method.prefix(64)))
        }
    }

    /// Reads attributes that the console sets. What the device reports about itself comes back on the same topic; there is
    /// nothing in it for the device.
    package static func attributes(_ bytes: [UInt8]) throws(AitriosError) -> [DeviceRequest] {
        let message = try Fields(parsing: bytes)
        var requests: [DeviceRequest] = []
        if message.has("deployment") {
            // The first generation puts it into a string.
            let fields =
                if let text = try? message.string("deployment") { try Fields(parsing: Array(text.utf8)) } else {
                    try message.object("deployment")
                }
            requests.append(.deploy(try Deployment(fields)))
        }
        if let outer = try message.optionalObject("desiredDeviceConfig") {
            let inner = try outer.optionalObject("desiredDeviceConfig") ?? outer
            let minimum = try inner.integer("configuration/$agent/report-status-interval-min", in: 1...86_400) ?? 3
            let maximum = try inner.integer("configuration/$agent/report-status-interval-max", in: 1...86_400) ?? 180
            requests.append(.reportInterval(minimum: minimum, maximum: max(minimum, maximum)))
        }
        for key in message.keys.sorted() {
            let parts = key.split(separator: "/")
            guard parts.count == 3, parts[0] == "configuration", !parts[1].hasPrefix("$") else { continue }
            let topic = "\(parts[1])/\(parts[2])"
            var requestID = ""
            do throws(AitriosError) {
                let fields =
                    if let text = try? message.string(key) { try Fields(parsing: Self.unwrapped(text)) } else {
                        try message.object(key)
                    }
                requestID = (try? fields.optionalObject("req_info")?.optionalString("req_id")) ?? ""
                requests.append(.configureApp(topic: topic, try EdgeAppProperties(fields)))
            } catch {
                requests.append(.badConfiguration(topic: topic, requestID: requestID, detail: "\(error)"))
            }
        }
        return requests
    }

    /// A configuration's JSON; the first generation wraps it in base64.
    private static func unwrapped(_ text: String) -> [UInt8] {
        if let first = text.utf8.first, first != UInt8(ascii: "{"), let data = Data(base64Encoded: text) {
            return Array(data)
        }
        return Array(text.utf8)
    }
}

extension UploadSettings {
    /// The arguments of `StartUploadInferenceData`. `Mode` is 0 for pictures, 1 for both, 2 for results.
    init(start fields: Fields) throws(AitriosError) {
        self.init()
        let mode = try fields.integer("Mode", in: 0...2) ?? 1
        if mode <= 1 {
            images = Destination(
                endpoint: try fields.endpoint("StorageName"),
                path: try fields.optionalString("StorageSubDirectoryPath") ?? "")
        }
        if mode >= 1 {
            results = Destination(
                endpoint: try fields.endpoint("StorageNameIR"),
                path: try fields.optionalString("StorageSubDirectoryPathIR") ?? "")
        }
        interval = try fields.integer("UploadInterval", in: 1...2592) ?? 1
        iterations = try fields.integer("NumberOfImages", in: 0...10_000) ?? 0
        resultsPerUpload = try fields.integer("NumberOfInferencesPerMessage", in: 1...InferenceUpload.countLimit) ?? 1
        switch try fields.optionalString("FileFormat")?.uppercased() {
        case nil, "JPG", "JPEG": codec = .jpeg
        case "BMP": codec = .bmp
        case "RAW": codec = .raw
        case let other?:
            throw .unsupported(field: "FileFormat", detail: "'\(other.prefix(16))'; there are JPG, BMP and RAW")
        }
        crop = try Crop(
            fields, left: "CropHOffset", top: "CropVOffset", width: "CropHSize", height: "CropVSize")
    }
}

extension UploadSettings.Crop {
    init?(directImage fields: Fields) throws(AitriosError) {
        try self.init(
            fields, left: "crop_h_offset", top: "crop_v_offset", width: "crop_h_size", height: "crop_v_size")
    }

    /// `nil` when no size is given.
    init?(_ fields: Fields, left: String, top: String, width: String, height: String) throws(AitriosError) {
        guard let columns = try fields.integer(width, in: 1...65_535),
            let rows = try fields.integer(height, in: 1...65_535)
        else { return nil }
        self.init(
            left: try fields.integer(left, in: 0...65_535) ?? 0, top: try fields.integer(top, in: 0...65_535) ?? 0,
            width: columns, height: rows)
    }
}
