package import Codecs
package import Tensors
package import Vision

/// A frame to be answered: encoded bytes and what the caller says of them.
package struct FrameInput: Sendable {
    package var bytes: ByteStorage
    /// `image/jpeg`, `image/png`, `image/x-adobe-dng`, `application/octet-stream`, …; `nil`: told by the bytes.
    package var contentType: String?
    /// Needed for bare raw bytes; overrides what a DNG or PNG says where given.
    package var description: RawDescription
    /// File name as the caller gave it.
    package var source: String?
    /// Name of the sensor that sent it.
    package var sensor: String?

    package init(
        bytes: ByteStorage, contentType: String? = nil, description: RawDescription = RawDescription(),
        source: String? = nil, sensor: String? = nil
    ) {
        self.bytes = bytes
        self.contentType = contentType
        self.description = description
        self.source = source
        self.sensor = sensor
    }
}

/// What to do with a frame. `nil` means the model's or the service's default.
package struct AnalysisOptions: Sendable, Equatable {
    package var model: String?
    /// Name of an ISP profile.
    package var profile: String?
    /// 0…1.
    package var confidenceThreshold: Float?
    /// 0…1.
    package var iouThreshold: Float?
    /// 1…1000.
    package var maximumDetections: Int?
    /// Labels to keep.
    package var classes: [String]?
    /// The part of the frame to look at; `nil`: all of it.
    package var region: RegionOfInterest?
    /// A second model that looks at what the first one found.
    package var secondStage: SecondStage?
    /// The annotated picture to make beside the result, if any.
    package var picture: PictureFormat?
    /// Encoding of pictures of the detections to make beside the result, if any.
    package var crops: PictureFormat?
    /// Models that look at the frame besides `model`.
    package var further: [String] = []
    /// The most that may leave.
    package var privacy = PrivacyLevel.full
    /// At the level `masked`: labels of what no picture may show besides faces.
    package var hidden: [String] = []
    /// Whether the result carries digests of the stages between frame and answer.
    package var digests = false
    /// Whether statistics of a raw frame's samples are taken, too.
    package var statistics = false

    package init() {}
}

/// Encodings of annotated pictures.
package enum PictureFormat: Sendable, Hashable {
    /// Quality 1…100.
    case jpeg(quality: Int)
    case png

    package var contentType: String {
        switch self {
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        }
    }

    /// Ending of files' names, without point.
    package var fileEnding: String {
        switch self {
        case .jpeg: "jpg"
        case .png: "png"
        }
    }
}

/// A frame's answer.
package struct Analysis: Sendable {
    package var result: FrameResult
    /// The annotated picture when asked for.
    package var picture: EncodedPicture?
    /// Pictures of the first model's detections in their order, when asked for.
    package var crops: [EncodedPicture]
    /// What a raw frame's samples say of the camera, when asked for.
    package var health: CameraHealth?

    package init(
        result: FrameResult, picture: EncodedPicture? = nil, crops: [EncodedPicture] = [], health: CameraHealth? = nil
    ) {
        self.result = result
        self.picture = picture
        self.crops = crops
        self.health = health
    }
}

/// A loaded model as listings show it.
package struct ModelSummary: Sendable, Equatable {
    package struct TensorSummary: Sendable, Equatable {
        package var name: String
        /// ONNX name in lower case: `float32`, …
        package var dataType: String
        /// -1 stands for an extent that a run decides.
        package var shape: [Int]

        package init(name: String, dataType: String, shape: [Int]) {
            self.name = name
            self.dataType = dataType
            self.shape = shape
        }
    }

    package var name: String
    package var version: String
    package var task: String
    package var sha256: String
    package var license: String
    package var source: String
    package var labels: [String]
    package var inputs: [TensorSummary]
    package var outputs: [TensorSummary]
    package var isDefault: Bool

    package init(
        name: String, version: String, task: String, sha256: String, license: String, source: String,
        labels: [String], inputs: [TensorSummary], outputs: [TensorSummary], isDefault: Bool
    ) {
        self.name = name
        self.version = version
        self.task = task
        self.sha256 = sha256
        self.license = license
        self.source = source
        self.labels = labels
        self.inputs = inputs
        self.outputs = outputs
        self.isDefault = isDefault
    }
}

/// Turns frames into answers. ``FramePipeline`` does the work; tests of the edge put in one of their own.
package protocol FrameAnalyzing: Sendable {
    var models: [ModelSummary] { get }

    /// Admits the frame or refuses at once, then answers it on compute threads. Cancelling the task cancels the work.
    ///
    /// - Throws: `CodecError`, `ISPError`, `GraphError` or ``PipelineError``.
    func analyze(_ input: FrameInput, options: AnalysisOptions) async throws -> Analysis

    /// Frames admitted and not yet answered, and how many there may be.
    var queueDepth: Int { get }
    var queueLimit: Int { get }
}
