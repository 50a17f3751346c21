/// What a network expects and what its outputs mean: `fovea.model/1`, the `model.json` beside an ONNX file.
///
/// `models/README.md` is the schema's reference. Decoding is strict: unknown keys, missing keys and values out of range
/// are errors that name the key.
package struct ModelManifest: Sendable, Equatable {
    package static let schemaName = "fovea.model/1"

    /// What the network is for.
    package enum Task: String, Sendable, CaseIterable {
        case detection, classification, segmentation, pose, faces, text
    }

    /// One ONNX file, at `<name>/<version>/model.onnx`.
    package struct Version: Sendable, Equatable {
        package enum Precision: String, Sendable, CaseIterable { case fp32, fp16, bf16, int8 }
        package enum Numerics: String, Sendable, CaseIterable { case exact, fast }

        package var version: String
        /// Digest of the ONNX file, 64 lower-case hexadecimal digits.
        package var sha256: String
        /// Precision of the arithmetic, whatever the weights are stored as.
        package var precision: Precision
        /// Whether answers have the same bits on every machine, or take the fastest products there, within 1e-4.
        package var numerics: Numerics
        /// Digest of the int8 network beside it, `model.int8.onnx`; `nil`: none is promised.
        package var int8: String?

        package init(
            version: String, sha256: String, precision: Precision, numerics: Numerics = .exact, int8: String? = nil
        ) {
            self.version = version
            self.sha256 = sha256
            self.precision = precision
            self.numerics = numerics
            self.int8 = int8
        }
    }

    /// What a request may override.
    package struct Thresholds: Sendable, Equatable {
        /// Answers below are dropped, 0…1.
        package var confidence: Float
        /// Boxes of one class that overlap a better one by more are dropped, 0…1.
        package var iou: Float
        /// 1…1000; for a classifier the number of classes to name.
        package var maximumDetections: Int

        package init(confidence: Float, iou: Float, maximumDetections: Int) {
            self.confidence = confidence
            self.iou = iou
            self.maximumDetections = maximumDetections
        }
    }

    /// Where the weights come from.
    package struct Source: Sendable, Equatable {
        package var url: String
        package var package: String?
        package var version: String?
        package var file: String
        /// Digest of `file`.
        package var sha256: String

        package init(url: String, package: String? = nil, version: String? = nil, file: String, sha256: String) {
            self.url = url
            self.package = package
            self.version = version
            self.file = file
            self.sha256 = sha256
        }
    }

    package var name: String
    package var title: String?
    package var task: Task
    /// At least one, the newest last.
    package var versions: [Version]
    package var input: Input
    package var head: Head
    package var thresholds: Thresholds
    /// As many as the head has classes.
    package var labels: [String]
    /// SPDX identifier, or `LicenseRef-…`.
    package var license: String
    package var source: Source
    /// The command that makes the ONNX file.
    package var rebuild: String?

    package init(
        name: String, title: String? = nil, task: Task, versions: [Version], input: Input, head: Head,
        thresholds: Thresholds, labels: [String], license: String, source: Source, rebuild: String? = nil
    ) {
        self.name = name
        self.title = title
        self.task = task
        self.versions = versions
        self.input = input
        self.head = head
        self.thresholds = thresholds
        self.labels = labels
        self.license = license
        self.source = source
        self.rebuild = rebuild
    }

    /// The version to serve when none is asked for.
    package var currentVersion: Version { versions[versions.count - 1] }

    /// Names of the points that the network finds of each object.
    package var keypoints: [String] {
        switch head {
        case .pose(let names, _): names
        case .centerFace: CenterFaceDecoder.points
        default: []
        }
    }

    /// The label of a class, or its number when the manifest has none.
    package func label(_ classID: Int) -> String {
        labels.indices.contains(classID) ? labels[classID] : "class \(classID)"
    }
}
