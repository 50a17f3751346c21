package import StrictJSON

/// The properties of the edge application that a console sets, by the names of `edge_app_od_interface`.
package struct EdgeAppProperties: Sendable, Equatable {
    package enum ProcessState: Int, Sendable {
        case stopped = 1
        case running = 2
    }

    /// Of the request; the answer carries it back.
    package var requestID: String
    /// `nil`: leave it as it is.
    package var processState: ProcessState?
    package var uploads: UploadSettings
    /// What was sent, to be reported back with the outcome beside it.
    package var properties: [String: JSONValue]

    init(_ fields: Fields) throws(AitriosError) {
        properties = fields.value
        requestID = try fields.optionalObject("req_info")?.optionalString("req_id") ?? ""
        uploads = UploadSettings()
        let common = try fields.optionalObject("common_settings")
        processState = try common?.integer("process_state", in: 1...2).flatMap(ProcessState.init(rawValue:))
        uploads.resultsPerUpload =
            try common?.integer("number_of_inference_per_message", in: 1...InferenceUpload.countLimit) ?? 1
        let inference = try common?.optionalObject("inference_settings")
        uploads.iterations = try inference?.integer("number_of_iterations", in: 0...1 << 30) ?? 0
        if let format = try common?.optionalObject("codec_settings")?.integer("format", in: 0...2) {
            uploads.codec = UploadSettings.Codec(rawValue: format) ?? .jpeg
        }
        let ports = try common?.optionalObject("port_settings")
        if let port = try ports?.optionalObject("metadata"), try port.bool("enabled") ?? false {
            switch try port.integer("method", in: 0...2) ?? 2 {
            case 0: uploads.sendsTelemetry = true
            default: uploads.results = try Self.destination(port)
            }
        }
        if let port = try ports?.optionalObject("input_tensor"), try port.bool("enabled") ?? false {
            guard try port.integer("method", in: 0...2) != 0 else {
                throw .unsupported(
                    field: "port_settings.input_tensor.method", detail: "pictures go over HTTP, not MQTT")
            }
            uploads.images = try Self.destination(port)
        }
        if let cropping = try common?.optionalObject("pq_settings")?.optionalObject("image_cropping") {
            uploads.crop = try UploadSettings.Crop(
                cropping, left: "left", top: "top", width: "width", height: "height")
        }
        let custom = try fields.optionalObject("custom_settings")
        if let format = try custom?.optionalObject("metadata_settings")?.integer("format", in: 0...1) {
            uploads.format = InferenceUpload.Format(rawValue: format) ?? .flatBuffers
        }
    }

    private static func destination(_ port: Fields) throws(AitriosError) -> UploadSettings.Destination {
        let key = try port.optionalString("endpoint").map { $0.isEmpty } ?? true ? "storage_name" : "endpoint"
        return UploadSettings.Destination(
            endpoint: try port.endpoint(key), path: try port.optionalString("path") ?? "")
    }
}
