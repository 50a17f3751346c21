import Codecs
import Pipeline

/// What a request may not exceed, as `GET /v2` tells clients. A 413 names the one that was.
struct PublishedLimits: Encodable {
    private var bodyBytes: Int
    /// What a compressed body may become.
    private var decompressedBytes: Int
    private var bufferedBytes: Int
    private var headerBytes: Int
    private var headerFieldBytes: Int
    private var headerFields: Int
    private var multipartParts = MultipartForm.maximumParts
    private var multipartHeaderBytes = MultipartForm.maximumPartHeaderBytes
    private var formFieldBytes = UploadForm.maximumFieldBytes
    /// Width times height of one frame; `nil` where frames are not decoded here.
    private var pixels: Int?
    private var pixelsInMemory: Int?
    /// Of either axis.
    private var pictureExtent: Int?
    private var connections: Int
    private var sensors: Int
    private var queuedFrames: Int
    /// The service fetches nothing that a request names.
    private var fetchesUrls = false

    init(_ state: ServiceState) {
        let configuration = state.configuration
        bodyBytes = configuration.maximumBodyBytes
        decompressedBytes = state.reader.limit
        bufferedBytes = configuration.maximumBufferedBytes
        headerBytes = configuration.maximumHeaderBytes
        headerFieldBytes = configuration.maximumHeaderFieldBytes
        headerFields = configuration.maximumHeaderCount
        let pipeline = state.pipeline?.configuration
        pixels = pipeline?.limits.maximumPixelCount
        pixelsInMemory = pipeline?.maximumPixelsInMemory
        pictureExtent = pipeline?.limits.maximumDimension
        connections = configuration.maximumConnections
        sensors = configuration.maximumSensors
        queuedFrames = state.analyzer.queueLimit
    }
}
