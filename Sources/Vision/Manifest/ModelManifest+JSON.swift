internal import StrictJSON

extension ModelManifest {
    private static let byteLimit = 1 << 22

    private enum Key: String, CaseIterable {
        case schema, name, title, task, versions, input, head, thresholds, labels, license, source, rebuild
    }

    /// Reads a `model.json` of at most 4 MiB.
    ///
    /// - Throws: ``VisionError`` naming the key at fault.
    package init(json bytes: [UInt8]) throws(VisionError) {
        do throws(JSONError) {
            try self.init(JSONObject(JSONValue(parsing: bytes, byteLimit: Self.byteLimit)))
        } catch {
            throw VisionError(error)
        }
    }

    private init(_ reader: JSONObject<Key>) throws(JSONError) {
        var top = reader
        let schema = try top.text(.schema)
        guard schema == Self.schemaName else {
            throw top.error(.schema, .other("expected '\(Self.schemaName)', found '\(schema)'"))
        }
        name = try top.folderName(.name, bytes: 1...64)
        title = try top.optionalText(.title)
        task = try top.oneOf(.task)
        versions = []
        for element in try top.array(.versions, count: 1...64) {
            let version = try Version(element.object())
            guard !versions.contains(where: { $0.version == version.version }) else {
                throw element.error(.other("version '\(version.version)' appears twice"))
            }
            versions.append(version)
        }
        input = try Input(top.object(.input))
        head = try Head(top.object(.head))
        thresholds = try Thresholds(top.object(.thresholds))
        let classes = head.classes
        labels = try top.strings(.labels, count: classes...classes, bytes: 1...128)
        license = try top.string(.license, bytes: 1...128)
        source = try Source(top.object(.source))
        rebuild = try top.optionalText(.rebuild)
        try checkStrides()
    }

    /// A grid of cells covers the input exactly.
    private func checkStrides() throws(JSONError) {
        let path = JSONPath.root.appending("head")
        let strides: [(path: JSONPath, stride: Int)]
        switch head {
        case .yolov3(let head):
            let scales = path.appending("scales")
            strides = head.scales.enumerated().map {
                (scales.appending($0.offset).appending("stride"), $0.element.stride)
            }
        case .centerFace: strides = [(path, CenterFaceDecoder.inputMultiple)]
        case .yolox(let head):
            let path = path.appending("strides")
            strides = head.strides.enumerated().map { (path.appending($0.offset), $0.element) }
        default: return
        }
        for (path, stride) in strides where input.width % stride != 0 || input.height % stride != 0 {
            throw .schema(
                path: path, fault: .other("\(stride) does not divide the input \(input.width)×\(input.height)"))
        }
    }
}

extension ModelManifest.Version {
    fileprivate enum Key: String, CaseIterable { case version, sha256, precision, numerics, int8 }

    fileprivate init(_ reader: JSONObject<Key>) throws(JSONError) {
        var reader = reader
        version = try reader.folderName(.version, bytes: 1...32)
        sha256 = try reader.digest(.sha256)
        precision = try reader.oneOf(.precision)
        numerics = reader.has(.numerics) ? try reader.oneOf(.numerics) : .exact
        int8 = reader.has(.int8) ? try reader.digest(.int8) : nil
    }
}

extension ModelManifest.Thresholds {
    fileprivate enum Key: String, CaseIterable { case confidence, iou, maximumDetections }

    fileprivate init(_ reader: JSONObject<Key>) throws(JSONError) {
        var reader = reader
        confidence = Float(try reader.number(.confidence, in: 0...1))
        iou = Float(try reader.number(.iou, in: 0...1))
        maximumDetections = try reader.integer(.maximumDetections, in: 1...1000)
    }
}

extension ModelManifest.Source {
    fileprivate enum Key: String, CaseIterable { case url, package, version, file, sha256 }

    fileprivate init(_ reader: JSONObject<Key>) throws(JSONError) {
        var reader = reader
        url = try reader.text(.url)
        package = try reader.optionalText(.package)
        version = try reader.optionalText(.version)
        file = try reader.text(.file)
        sha256 = try reader.digest(.sha256)
    }
}

extension ModelManifest.Input {
    fileprivate enum Key: String, CaseIterable {
        case name, width, height, layout, colorOrder, scale, mean, std, fit, padValue, filter, cropFraction
    }

    fileprivate init(_ reader: JSONObject<Key>) throws(JSONError) {
        var reader = reader
        name = try reader.text(.name)
        width = try reader.integer(.width, in: 1...8192)
        height = try reader.integer(.height, in: 1...8192)
        layout = try reader.oneOf(.layout)
        colorOrder = try reader.oneOf(.colorOrder)
        scale = try reader.number(.scale, in: 1e-9...1e9)
        mean = try reader.numbers(.mean, count: colorOrder.channels, in: -1e9...1e9)
        std = try reader.numbers(.std, count: colorOrder.channels, in: 1e-9...1e9)
        fit = try reader.oneOf(.fit)
        padValue = try reader.number(.padValue, in: 0...255)
        filter = try reader.oneOf(.filter)
        cropFraction = reader.has(.cropFraction) ? try reader.number(.cropFraction, in: 0.1...1) : 1
        guard fit == .centerCrop || cropFraction == 1 else {
            throw reader.error(.cropFraction, .other("goes with fit 'centerCrop' only"))
        }
    }
}

extension ModelManifest.Head {
    /// The keys of all families.
    fileprivate enum Key: String, CaseIterable {
        case family, classes, scales, strides, output, boxes, scores, background, coordinates, activation, bins,
            offset, keypoints, heatmap, sizes, offsets, landmarks, blank
    }

    private enum Family: String, CaseIterable {
        case yolov3, yolov5, yolov8, yolox, ssd, nanodet, detr, classification, segmentation, pose, centerface,
            textRegions, ctc
    }

    fileprivate init(_ reader: JSONObject<Key>) throws(JSONError) {
        var reader = reader
        let family: Family = try reader.oneOf(.family)
        let classes =
            [.pose, .centerface, .textRegions].contains(family) ? 1 : try reader.integer(.classes, in: 1...65_536)
        switch family {
        case .yolov3:
            var scales: [YOLOv3.Scale] = []
            for element in try reader.array(.scales, count: 1...8) {
                scales.append(try YOLOv3.Scale(element.object()))
            }
            self = .yolov3(YOLOv3(classes: classes, scales: scales))
        case .yolox:
            self = .yolox(
                YOLOX(
                    classes: classes, strides: try reader.integers(.strides, count: 1...8, in: 1...1024),
                    output: try reader.text(.output)))
        case .classification:
            self = .classification(
                Classification(
                    classes: classes, output: try reader.text(.output), activation: try reader.oneOf(.activation)))
        case .yolov5: self = .yolov5(classes: classes, output: try reader.text(.output))
        case .yolov8: self = .yolov8(classes: classes, output: try reader.text(.output))
        case .segmentation: self = .segmentation(classes: classes, output: try reader.text(.output))
        case .ssd:
            self = .ssd(
                SSD(
                    classes: classes, boxes: try reader.text(.boxes), scores: try reader.text(.scores),
                    background: try reader.integer(.background, in: 0...(classes - 1)),
                    coordinates: try reader.oneOf(.coordinates)))
        case .nanodet:
            self = .nanodet(
                NanoDet(
                    classes: classes, output: try reader.text(.output),
                    strides: try reader.integers(.strides, count: 1...8, in: 1...1024),
                    bins: try reader.integer(.bins, in: 1...64),
                    offset: reader.has(.offset) ? try reader.number(.offset, in: 0...1) : 0))
        case .detr:
            self = .detr(
                DETR(
                    classes: classes, boxes: try reader.text(.boxes), scores: try reader.text(.scores),
                    activation: try reader.oneOf(.activation)))
        case .pose:
            self = .pose(
                keypoints: try reader.strings(.keypoints, count: 1...256, bytes: 1...128),
                output: try reader.text(.output))
        case .textRegions: self = .textRegions(output: try reader.text(.output))
        case .ctc:
            self = .ctc(
                classes: classes, output: try reader.text(.output),
                blank: try reader.integer(.blank, in: 0...(classes - 1)))
        case .centerface:
            self = .centerFace(
                CenterFace(
                    heatmap: try reader.text(.heatmap), sizes: try reader.text(.sizes),
                    offsets: try reader.text(.offsets), landmarks: try reader.text(.landmarks)))
        }
        try reader.finish()
    }
}

extension ModelManifest.Head.YOLOv3.Scale {
    fileprivate enum Key: String, CaseIterable { case output, stride, anchors }

    fileprivate init(_ reader: JSONObject<Key>) throws(JSONError) {
        var reader = reader
        output = try reader.text(.output)
        stride = try reader.integer(.stride, in: 1...1024)
        anchors = []
        for element in try reader.array(.anchors, count: 1...16) {
            guard let pair = try? element.array(count: 2...2) else {
                throw element.error(.other("expected [width, height]"))
            }
            let width = try pair[0].number(in: 1e-3...1e5)
            let height = try pair[1].number(in: 1e-3...1e5)
            anchors.append(SIMD2(Float(width), Float(height)))
        }
    }
}

extension JSONObject {
    /// A string of 1 to 1024 bytes.
    fileprivate mutating func text(_ key: Key) throws(JSONError) -> String { try string(key, bytes: 1...1024) }

    fileprivate mutating func optionalText(_ key: Key) throws(JSONError) -> String? {
        has(key) ? try text(key) : nil
    }

    /// 64 lower-case hexadecimal digits.
    fileprivate mutating func digest(_ key: Key) throws(JSONError) -> String {
        let digest = try text(key)
        let digits = Set("0123456789abcdef".utf8)
        guard digest.utf8.count == 64, digest.utf8.allSatisfy(digits.contains) else {
            throw error(key, .other("expected 64 lower-case hexadecimal digits"))
        }
        return digest
    }

    /// A name that is safe as the name of a folder.
    fileprivate mutating func folderName(_ key: Key, bytes: ClosedRange<Int>) throws(JSONError) -> String {
        let name = try string(key, bytes: bytes)
        let letters = Set("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
        let others = Set("._-".utf8)
        guard name.utf8.allSatisfy({ letters.contains($0) || others.contains($0) }),
            name.utf8.first.map(letters.contains) == true
        else {
            throw error(
                key, .other("'\(name)' may hold a-z, 0-9, '.', '_' and '-', and begins with a letter or a digit"))
        }
        return name
    }
}

extension VisionError {
    fileprivate init(_ error: JSONError) {
        switch error {
        case .limitExceeded(let what, let limit, let value):
            self = .limitExceeded(what: "manifest \(what)", limit: limit, value: value)
        // Which keys a head may have depends on its family, so the list of all would mislead.
        case .schema(let path, .unknownKey): self = .malformedManifest(path: "\(path)", detail: "unknown key")
        case .schema(let path, let fault): self = .malformedManifest(path: "\(path)", detail: "\(fault)")
        case .malformed, .unwritable: self = .malformedManifest(path: "", detail: "\(error)")
        }
    }
}
