import FoundationEssentials

/// What a device uploads, and where to.
package struct UploadSettings: Sendable, Equatable {
    /// Where files of one kind go: `{endpoint}/{path}/{time}.{ending}`.
    package struct Destination: Sendable, Equatable {
        package var endpoint: String
        package var path: String

        package init(endpoint: String, path: String) {
            self.endpoint = endpoint
            self.path = path
        }

        /// The address of a file, without what ``authorization`` is made of.
        package func url(_ file: String) -> String {
            func trimmed(_ text: String) -> String {
                var text = text[...]
                while text.hasSuffix("/") { text.removeLast() }
                while text.hasPrefix("/") { text.removeFirst() }
                return String(text)
            }
            var place = endpoint
            if var parts = URLComponents(string: endpoint), parts.user != nil || parts.password != nil {
                parts.user = nil
                parts.password = nil
                place = parts.string ?? ""
            }
            return [trimmed(place), trimmed(path), file].filter { !$0.isEmpty }.joined(separator: "/")
        }

        /// An endpoint's `user:password@` as HTTP's Basic authorization (RFC 7617).
        package var authorization: String? {
            guard let parts = URLComponents(string: endpoint), parts.user != nil || parts.password != nil else {
                return nil
            }
            return "Basic " + Data("\(parts.user ?? ""):\(parts.password ?? "")".utf8).base64EncodedString()
        }
    }

    /// Encoding of pictures.
    package enum Codec: Int, Sendable {
        /// The input tensor's planes.
        case raw = 0
        case jpeg = 1
        case bmp = 2

        package var fileEnding: String {
            switch self {
            case .raw: "bin"
            case .jpeg: "jpg"
            case .bmp: "bmp"
            }
        }
    }

    /// A part of the sensor, in its pixels.
    package struct Crop: Sendable, Equatable {
        package var left: Int
        package var top: Int
        package var width: Int
        package var height: Int

        package init(left: Int, top: Int, width: Int, height: Int) {
            self.left = left
            self.top = top
            self.width = width
            self.height = height
        }
    }

    /// `nil`: pictures are not uploaded.
    package var images: Destination?
    /// `nil`: results are not uploaded over HTTP.
    package var results: Destination?
    /// Whether results go out as telemetry over MQTT.
    package var sendsTelemetry = false
    package var codec = Codec.jpeg
    package var format = InferenceUpload.Format.flatBuffers
    /// Frames from one upload to the next.
    package var interval = 1
    /// Results in one file.
    package var resultsPerUpload = 1
    /// Results after which to stop; 0: none.
    package var iterations = 0
    package var crop: Crop?

    package init() {}
}
