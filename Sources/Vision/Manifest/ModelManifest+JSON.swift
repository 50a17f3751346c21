extension ModelManifest {
    private static let byteLimit = 1 << 22

    /// Reads a `model.json` of at most 4 MiB.
    ///
    /// - Throws: ``VisionError`` naming the key at fault. A head family that is not decoded is not an error here but in
    ///   ``HeadDecoder``.
    package init(json bytes: [UInt8]) throws(VisionError) {
        var top = try ManifestReader(JSONValue(json: bytes, limit: Self.byteLimit), path: "")
        let schema = try top.string("schema")
        guard schema == Self.schemaName else {
            throw top.error("schema", "expected '\(Self.schemaName)', found '\(schema)'")
        }
        name = try top.folderName("name", bytes: 1...64)
        title = try top.optionalString("title")
        task = try top.oneOf("task")
        versions = []
        for (path, value) in try top.array("versions", count: 1...64) {
            let version = try Version(ManifestReader(value, path: path))
            guard !versions.contains(where: { $0.version == version.version }) else {
                throw .malformedManifest(path: path, detail: "version '\(version.version)' appears twice")
            }
            versions.append(version)
        }
        input = try Input(top.object("input"))
        head = try Head(top.object("head"))
        thresholds = try Thresholds(top.object("thresholds"))
        let classes = head.classes
        labels = try top.strings("labels", count: classes...classes, bytes: 1...128)
        license = try top.string("license", bytes: 1...128)
        source = try Source(top.object("source"))
        rebuild = try top.optionalString("rebuild")
        try top.finish()
        try checkStrides()
    }

    /// A grid of cells covers the input exactly.
    private func checkStrides() throws(VisionError) {
        let strides: [(path: String, stride: Int)]
        switch head {
        case .yolov3(let head):
            strides = head.scales.enumerated().map { ("head.scales[\($0.offset)].stride", $0.element.stride) }
        case .yolox(let head):
            strides = head.strides.enumerated().map { ("head.strides[\($0.offset)]", $0.element) }
        default: return
        }
        for (path, stride) in strides where input.width % stride != 0 || input.height % stride != 0 {
            throw .malformedManifest(
                path: path, detail: "\(stride) does not divide the input \(input.width)×\(input.height)")
        }
    }
}

extension ModelManifest.Version {
    fileprivate init(_ reader: ManifestReader) throws(VisionError) {
        var reader = reader
        version = try reader.folderName("version", bytes: 1...32)
        sha256 = try reader.digest("sha256")
        precision = try reader.oneOf("precision")
        try reader.finish()
    }
}

extension ModelManifest.Thresholds {
    fileprivate init(_ reader: ManifestReader) throws(VisionError) {
        var reader = reader
        confidence = Float(try reader.number("confidence", in: 0...1))
        iou = Float(try reader.number("iou", in: 0...1))
        maximumDetections = try reader.integer("maximumDetections", in: 1...1000)
        try reader.finish()
    }
}

extension ModelManifest.Source {
    fileprivate init(_ reader: ManifestReader) throws(VisionError) {
        var reader = reader
        url = try reader.string("url")
        package = try reader.optionalString("package")
        version = try reader.optionalString("version")
        file = try reader.string("file")
        sha256 = try reader.digest("sha256")
        try reader.finish()
    }
}

extension ModelManifest.Input {
    fileprivate init(_ reader: ManifestReader) throws(VisionError) {
        var reader = reader
        name = try reader.string("name")
        width = try reader.integer("width", in: 1...8192)
        height = try reader.integer("height", in: 1...8192)
        layout = try reader.oneOf("layout")
        colorOrder = try reader.oneOf("colorOrder")
        scale = try reader.number("scale", in: 1e-9...1e9)
        mean = try reader.numbers("mean", count: colorOrder.channels, in: -1e9...1e9)
        std = try reader.numbers("std", count: colorOrder.channels, in: 1e-9...1e9)
        fit = try reader.oneOf("fit")
        padValue = try reader.number("padValue", in: 0...255)
        filter = try reader.oneOf("filter")
        cropFraction = reader.has("cropFraction") ? try reader.number("cropFraction", in: 0.1...1) : 1
        guard fit == .centerCrop || cropFraction == 1 else {
            throw reader.error("cropFraction", "goes with fit 'centerCrop' only")
        }
        try reader.finish()
    }
}

extension ModelManifest.Head {
    private enum Family: String, CaseIterable {
        case yolov3, yolov5, yolov8, yolox, ssd, nanodet, detr, classification, segmentation, pose
    }

    fileprivate init(_ reader: ManifestReader) throws(VisionError) {
        var reader = reader
        let family: Family = try reader.oneOf("family")
        let classes = family == .pose ? 1 : try reader.integer("classes", in: 1...65_536)
        switch family {
        case .yolov3:
            var scales: [YOLOv3.Scale] = []
            for (path, value) in try reader.array("scales", count: 1...8) {
                scales.append(try YOLOv3.Scale(ManifestReader(value, path: path)))
            }
            self = .yolov3(YOLOv3(classes: classes, scales: scales))
        case .yolox:
            self = .yolox(
                YOLOX(
                    classes: classes, strides: try reader.integers("strides", count: 1...8, in: 1...1024),
                    output: try reader.string("output")))
        case .classification:
            self = .classification(
                Classification(
                    classes: classes, output: try reader.string("output"), activation: try reader.oneOf("activation")))
        case .yolov5: self = .yolov5(classes: classes, output: try reader.string("output"))
        case .yolov8: self = .yolov8(classes: classes, output: try reader.string("output"))
        case .segmentation: self = .segmentation(classes: classes, output: try reader.string("output"))
        case .ssd:
            self = .ssd(
                SSD(
                    classes: classes, boxes: try reader.string("boxes"), scores: try reader.string("scores"),
                    background: try reader.integer("background", in: 0...(classes - 1)),
                    coordinates: try reader.oneOf("coordinates")))
        case .nanodet:
            self = .nanodet(
                classes: classes, output: try reader.string("output"),
                strides: try reader.integers("strides", count: 1...8, in: 1...1024),
                bins: try reader.integer("bins", in: 1...64))
        case .detr:
            self = .detr(
                classes: classes, boxes: try reader.string("boxes"), scores: try reader.string("scores"),
                activation: try reader.oneOf("activation"))
        case .pose:
            self = .pose(
                keypoints: try reader.strings("keypoints", count: 1...256, bytes: 1...128),
                output: try reader.string("output"))
        }
        try reader.finish()
    }
}

extension ModelManifest.Head.YOLOv3.Scale {
    fileprivate init(_ reader: ManifestReader) throws(VisionError) {
        var reader = reader
        output = try reader.string("output")
        stride = try reader.integer("stride", in: 1...1024)
        anchors = []
        for (path, value) in try reader.array("anchors", count: 1...16) {
            guard case .array(let pair) = value, pair.count == 2 else {
                throw .malformedManifest(path: path, detail: "expected [width, height]")
            }
            let width = try ManifestReader.number(pair[0], path: "\(path)[0]", in: 1e-3...1e5)
            let height = try ManifestReader.number(pair[1], path: "\(path)[1]", in: 1e-3...1e5)
            anchors.append(SIMD2(Float(width), Float(height)))
        }
        try reader.finish()
    }
}
