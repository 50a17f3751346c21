internal import FoundationEssentials
internal import StrictJSON

/// The file of results that a device uploads: `{"ModelID","DeviceID","Image","Inferences":[{"T","O","F"}]}`.
package struct InferenceUpload: Sendable, Equatable {
    package enum Format: Int, Sendable {
        case flatBuffers = 0
        case json = 1
    }

    package struct Inference: Sendable, Equatable {
        package var time: UploadTime
        package var content: InferenceContent

        package init(time: UploadTime, content: InferenceContent) {
            self.time = time
            self.content = content
        }
    }

    package var modelID: String
    package var deviceID: String
    /// Whether the pictures are uploaded, too.
    package var hasImage: Bool
    package var inferences: [Inference]

    package static let byteLimit = 4 << 20
    package static let countLimit = 256
    private static let nameLimit = 256

    package init(modelID: String, deviceID: String, hasImage: Bool, inferences: [Inference]) {
        self.modelID = modelID
        self.deviceID = deviceID
        self.hasImage = hasImage
        self.inferences = inferences
    }

    /// In the order in which the device writes it.
    package func json(_ format: Format) -> [UInt8] {
        var json = JSONWriter(pretty: false)
        json.object { json in
            json.key("ModelID")
            json.value(modelID)
            json.key("DeviceID")
            json.value(deviceID)
            json.key("Image")
            json.value(.bool(hasImage))
            json.key("Inferences")
            json.array { json in
                for inference in inferences {
                    json.element()
                    json.object { json in
                        json.key("T")
                        json.value(inference.time.description)
                        json.key("O")
                        switch format {
                        case .flatBuffers: json.value(Data(inference.content.flatBuffer).base64EncodedString())
                        case .json: inference.content.write(to: &json)
                        }
                        json.key("F")
                        json.value(format.rawValue)
                    }
                }
            }
        }
        return json.bytes
    }

    private struct Form: Decodable {
        struct Inference: Decodable {
            enum Output: Decodable {
                case base64(String)
                case json(InferenceContent.JSONForm)

                init(from decoder: any Decoder) throws {
                    if let text = try? decoder.singleValueContainer().decode(String.self) {
                        self = .base64(text)
                    } else {
                        self = .json(try InferenceContent.JSONForm(from: decoder))
                    }
                }
            }

            var T: String
            var O: Output
            /// Older devices leave it out: what `O` is tells.
            var F: Int?
        }

        var ModelID: String?
        var DeviceID: String
        var Image: Bool?
        var Inferences: [Inference]
    }

    /// Reads a file from anyone; keys that are not known are passed over.
    package init(parsing bytes: UnsafeRawBufferPointer) throws(AitriosError) {
        let form: Form
        do throws(JSONError) {
            form = try JSONDocument.decode(from: bytes, byteLimit: Self.byteLimit)
        } catch {
            throw .malformed(field: "body", detail: "\(error)")
        }
        for (field, text) in [("DeviceID", form.DeviceID), ("ModelID", form.ModelID ?? "")] {
            guard text.utf8.count <= Self.nameLimit else {
                throw .limitExceeded(field: field, limit: Self.nameLimit, value: text.utf8.count)
            }
        }
        guard (1...Self.countLimit).contains(form.Inferences.count) else {
            throw .limitExceeded(field: "Inferences", limit: Self.countLimit, value: form.Inferences.count)
        }
        modelID = form.ModelID ?? ""
        deviceID = form.DeviceID
        hasImage = form.Image ?? false
        inferences = []
        for (index, inference) in form.Inferences.enumerated() {
            do throws(AitriosError) {
                inferences.append(
                    Inference(time: try UploadTime(inference.T), content: try Self.content(inference)))
            } catch {
                throw .malformed(field: "Inferences[\(index)]", detail: "\(error)")
            }
        }
    }

    private static func content(_ inference: Form.Inference) throws(AitriosError) -> InferenceContent {
        switch (inference.O, inference.F.map(Format.init(rawValue:))) {
        case (.base64(let text), nil), (.base64(let text), .flatBuffers?):
            guard let data = Data(base64Encoded: text) else { throw .malformed(field: "O", detail: "is not base64") }
            return try InferenceContent(flatBuffer: Array(data))
        case (.json(let form), nil), (.json(let form), .json?): return try InferenceContent(form)
        default:
            throw .malformed(
                field: "F", detail: "\(inference.F ?? -1) does not say what O is: 0 a FlatBuffer in base64, 1 JSON")
        }
    }
}
