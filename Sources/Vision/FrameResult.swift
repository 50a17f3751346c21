/// The answer for one frame, with what proves it: Fovea's native result schema, `fovea.result/1`.
///
/// Encoded as one JSON object a frame; keys are the property names. Absent values are left out.
package struct FrameResult: Sendable, Codable, Equatable {
    package static let schemaName = "fovea.result/1"

    package struct Frame: Sendable, Codable, Equatable {
        /// SHA-256 of the encoded bytes as they came in, hexadecimal.
        package var sha256: String
        /// Size of the upright picture that boxes refer to, pixels.
        package var width: Int
        package var height: Int
        /// EXIF orientation that was applied, 1…8.
        package var orientation: Int
        /// `raw` or `picture`.
        package var kind: String
        /// Raw frames only: the libcamera or PFNC name.
        package var pixelFormat: String?
        /// File name or path as the caller gave it.
        package var source: String?
        package var sensor: String?
        package var sequence: UInt64?
        /// Nanoseconds on the sensor's clock.
        package var timestamp: UInt64?

        package init(
            sha256: String, width: Int, height: Int, orientation: Int, kind: String, pixelFormat: String? = nil,
            source: String? = nil, sensor: String? = nil, sequence: UInt64? = nil, timestamp: UInt64? = nil
        ) {
            self.sha256 = sha256
            self.width = width
            self.height = height
            self.orientation = orientation
            self.kind = kind
            self.pixelFormat = pixelFormat
            self.source = source
            self.sensor = sensor
            self.sequence = sequence
            self.timestamp = timestamp
        }
    }

    package struct Detection: Sendable, Codable, Equatable {
        /// `[x0, y0, x1, y1]` in pixels of the upright picture.
        package var box: [Float]
        /// The same divided by width and height, 0…1.
        package var normalizedBox: [Float]
        package var label: String
        package var classID: Int
        /// 0…1.
        package var score: Float
        /// Networks that find points of objects only.
        package var keypoints: [Keypoint]?
        /// What a second model says of this detection's part of the picture, best first.
        package var classifications: [Classification]?
        /// What a second model read in this detection's part of the picture.
        package var text: Text?
        /// What a second model found in this detection's part of the picture; boxes are on the whole frame.
        package var parts: [Detection]?

        package init(box: [Float], normalizedBox: [Float], label: String, classID: Int, score: Float) {
            self.box = box
            self.normalizedBox = normalizedBox
            self.label = label
            self.classID = classID
            self.score = score
        }
    }

    package struct Classification: Sendable, Codable, Equatable {
        package var label: String
        package var classID: Int
        /// Probability, 0…1.
        package var score: Float

        package init(label: String, classID: Int, score: Float) {
            self.label = label
            self.classID = classID
            self.score = score
        }
    }

    /// A line of text that was read.
    package struct Text: Sendable, Codable, Equatable {
        package var text: String
        /// The mean of its characters' probabilities, 0…1.
        package var score: Float

        package init(text: String, score: Float) {
            self.text = text
            self.score = score
        }
    }

    /// A point of an object.
    package struct Keypoint: Sendable, Codable, Equatable {
        package var name: String
        /// In pixels of the upright picture.
        package var x: Float
        package var y: Float
        /// 0…1.
        package var score: Float

        package init(name: String, x: Float, y: Float, score: Float) {
            self.name = name
            self.x = x
            self.y = y
            self.score = score
        }
    }

    /// The class of each cell of a grid over the picture, as one mask a class.
    package struct Segmentation: Sendable, Codable, Equatable {
        package struct Mask: Sendable, Codable, Equatable {
            package var label: String
            package var classID: Int
            /// Part of the grid's cells, 0…1.
            package var share: Float
            /// COCO's compressed run lengths down the columns of the grid.
            package var counts: String

            package init(label: String, classID: Int, share: Float, counts: String) {
                self.label = label
                self.classID = classID
                self.share = share
                self.counts = counts
            }
        }

        /// Cells in a row and rows.
        package var width: Int
        package var height: Int
        /// What the grid covers, evenly: `[x0, y0, x1, y1]` in pixels of the upright picture.
        package var box: [Float]
        /// Of the classes that are there, in their order.
        package var masks: [Mask]

        package init(width: Int, height: Int, box: [Float], masks: [Mask]) {
            self.width = width
            self.height = height
            self.box = box
            self.masks = masks
        }
    }

    package struct Model: Sendable, Codable, Equatable {
        package var name: String
        package var version: String
        /// SHA-256 of the ONNX file.
        package var sha256: String
        /// SPDX identifier.
        package var license: String
        package var task: String
        /// `fp32`, …
        package var precision: String
        /// `exact` or `fast`.
        package var numerics: String

        package init(
            name: String, version: String, sha256: String, license: String, task: String, precision: String,
            numerics: String
        ) {
            self.name = name
            self.version = version
            self.sha256 = sha256
            self.license = license
            self.task = task
            self.precision = precision
            self.numerics = numerics
        }
    }

    /// Raw frames only.
    package struct ISP: Sendable, Codable, Equatable {
        package var profile: String
        /// SHA-256 over the profile's canonical JSON.
        package var sha256: String
        /// Demosaic that fed the network: `half`, `bilinear`, `mhc`, `led`, `mlri`, `cnn`.
        package var demosaic: String
        /// Gains on red, green and blue that were applied.
        package var whiteBalanceGains: [Double]

        package init(profile: String, sha256: String, demosaic: String, whiteBalanceGains: [Double]) {
            self.profile = profile
            self.sha256 = sha256
            self.demosaic = demosaic
            self.whiteBalanceGains = whiteBalanceGains
        }
    }

    /// The options in force, defaults filled in.
    package struct Options: Sendable, Codable, Equatable {
        package var confidenceThreshold: Float
        package var iouThreshold: Float
        package var maximumDetections: Int
        /// Labels that were asked for; absent means all.
        package var classes: [String]?
        /// The part of the frame that was looked at, `[x0, y0, x1, y1]` as it was asked for; absent means all.
        package var region: [Double]?

        package init(
            confidenceThreshold: Float, iouThreshold: Float, maximumDetections: Int, classes: [String]? = nil,
            region: [Double]? = nil
        ) {
            self.confidenceThreshold = confidenceThreshold
            self.iouThreshold = iouThreshold
            self.maximumDetections = maximumDetections
            self.classes = classes
            self.region = region
        }
    }

    /// What of the frame may leave, and what was done for it.
    package struct Privacy: Sendable, Codable, Equatable {
        package var level: PrivacyLevel
        /// Masked pictures only: labels of what was made unrecognisable in them, wherever it was found.
        package var hidden: [String]?
        /// Masked pictures only: how many places that were.
        package var places: Int?
        /// Masked pictures only: the networks that looked for it.
        package var models: [Model]?

        package init(level: PrivacyLevel, hidden: [String]? = nil, places: Int? = nil, models: [Model]? = nil) {
            self.level = level
            self.hidden = hidden
            self.places = places
            self.models = models
        }
    }

    /// What one more model says of the same frame.
    package struct Answer: Sendable, Codable, Equatable {
        package var model: Model
        package var options: Options
        package var detections: [Detection]?
        package var classifications: [Classification]?
        package var segmentation: Segmentation?
        package var text: Text?

        package init(
            model: Model, options: Options, detections: [Detection]? = nil, classifications: [Classification]? = nil,
            segmentation: Segmentation? = nil, text: Text? = nil
        ) {
            self.text = text
            self.model = model
            self.options = options
            self.detections = detections
            self.classifications = classifications
            self.segmentation = segmentation
        }
    }

    package struct Build: Sendable, Codable, Equatable {
        package var version: String
        /// Instruction set of the kernels: `portable`, `avx2`, `avx512`, …
        package var isa: String

        package init(version: String, isa: String) {
            self.version = version
            self.isa = isa
        }
    }

    /// SHA-256 of what lay between frame and answer, so that a later run can tell at which stage it departs from this one.
    package struct Digests: Sendable, Codable, Equatable {
        /// Of the network's input, the bytes of a float32 tensor.
        package var tensor: String
        /// Of the network's outputs: names, types, shapes and bytes, in the order of the names.
        package var outputs: String

        package init(tensor: String, outputs: String) {
            self.tensor = tensor
            self.outputs = outputs
        }
    }

    /// Who made an answer that this service did not make.
    package enum Origin: String, Sendable, Codable {
        /// The network on the sensor itself.
        case sensor
    }

    /// What the network on the sensor said of a frame that came with its picture.
    package struct SensorAnswer: Sendable, Codable, Equatable {
        package var model: Model
        package var detections: [Detection]?
        package var classifications: [Classification]?
        package var segmentation: Segmentation?

        package init(_ result: FrameResult) {
            model = result.model
            detections = result.detections
            classifications = result.classifications
            segmentation = result.segmentation
        }
    }

    package var schema: String
    /// Absent: this service.
    package var origin: Origin?
    package var frame: Frame
    package var detections: [Detection]?
    package var classifications: [Classification]?
    package var segmentation: Segmentation?
    package var text: Text?
    /// Only where a sensor sent both a picture and an answer of its own.
    package var sensorAnswer: SensorAnswer?
    package var model: Model
    /// The model that looked at what the first one found.
    package var secondModel: Model?
    /// What the further models say, in the order they were asked for.
    package var further: [Answer]?
    package var isp: ISP?
    package var options: Options
    package var privacy: Privacy
    package var build: Build
    /// Where they were asked for.
    package var digests: Digests?
    /// Milliseconds by stage: `queue`, `decode`, `develop`, `prepare`, `inference`, `postprocess`, `draw`, `mask`, `encode`, `hash`
    /// (runs beside the others), `total`.
    package var timings: [String: Double]

    package init(
        frame: Frame, detections: [Detection]? = nil, classifications: [Classification]? = nil, model: Model,
        isp: ISP? = nil, options: Options, privacy: Privacy = Privacy(level: .full), build: Build,
        timings: [String: Double]
    ) {
        self.schema = Self.schemaName
        self.frame = frame
        self.detections = detections
        self.classifications = classifications
        self.model = model
        self.isp = isp
        self.options = options
        self.privacy = privacy
        self.build = build
        self.timings = timings
    }

    /// Everything that any of the models found.
    package var allDetections: [Detection] { (detections ?? []) + (further ?? []).flatMap { $0.detections ?? [] } }
}
