internal import StrictJSON

extension ModelManifest {
    /// The text of a `model.json` that reads back the same.
    package var json: [UInt8] {
        var json = JSONWriter(pretty: true)
        json.object { json in
            json.text("schema", Self.schemaName)
            json.text("name", name)
            json.text("title", title)
            json.text("task", task.rawValue)
            json.key("versions")
            json.array { json in
                for version in versions {
                    json.element()
                    json.object {
                        $0.text("version", version.version)
                        $0.text("sha256", version.sha256)
                        $0.text("precision", version.precision.rawValue)
                        if version.numerics != .exact { $0.text("numerics", version.numerics.rawValue) }
                        $0.text("int8", version.int8)
                    }
                }
            }
            json.key("input")
            input.write(to: &json)
            json.key("head")
            head.write(to: &json)
            json.key("thresholds")
            json.object {
                $0.number("confidence", Double(thresholds.confidence.description) ?? 0)
                $0.number("iou", Double(thresholds.iou.description) ?? 0)
                $0.integer("maximumDetections", thresholds.maximumDetections)
            }
            json.text("license", license)
            json.key("source")
            json.object {
                $0.text("url", source.url)
                $0.text("package", source.package)
                $0.text("version", source.version)
                $0.text("file", source.file)
                $0.text("sha256", source.sha256)
            }
            json.text("rebuild", rebuild)
            json.texts("labels", labels)
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}

extension ModelManifest.Input {
    fileprivate func write(to json: inout JSONWriter) {
        json.object {
            $0.text("name", name)
            $0.integer("width", width)
            $0.integer("height", height)
            $0.text("layout", layout.rawValue)
            $0.text("colorOrder", colorOrder.rawValue)
            $0.number("scale", scale)
            $0.key("mean")
            $0.values(mean)
            $0.key("std")
            $0.values(std)
            $0.text("fit", fit.rawValue)
            if cropFraction != 1 { $0.number("cropFraction", cropFraction) }
            $0.number("padValue", padValue)
            $0.text("filter", filter.rawValue)
        }
    }
}

extension ModelManifest.Head {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.text("family", family)
            if case .pose(let keypoints, let output) = self {
                json.texts("keypoints", keypoints)
                json.text("output", output)
                return
            }
            if case .textRegions(let output) = self {
                json.text("output", output)
                return
            }
            if case .centerFace(let head) = self {
                json.text("heatmap", head.heatmap)
                json.text("sizes", head.sizes)
                json.text("offsets", head.offsets)
                json.text("landmarks", head.landmarks)
                return
            }
            json.integer("classes", classes)
            switch self {
            case .yolov3(let head):
                json.key("scales")
                json.array { json in
                    for scale in head.scales {
                        json.element()
                        json.object { json in
                            json.text("output", scale.output)
                            json.integer("stride", scale.stride)
                            json.key("anchors")
                            json.array { json in
                                for anchor in scale.anchors {
                                    json.element()
                                    json.values([anchor.x, anchor.y])
                                }
                            }
                        }
                    }
                }
            case .yolox(let head):
                json.numbers("strides", head.strides)
                json.text("output", head.output)
            case .ssd(let head):
                json.text("boxes", head.boxes)
                json.text("scores", head.scores)
                json.integer("background", head.background)
                json.text("coordinates", head.coordinates.rawValue)
            case .nanodet(let head):
                json.text("output", head.output)
                json.numbers("strides", head.strides)
                json.integer("bins", head.bins)
                json.number("offset", head.offset)
            case .detr(let head):
                json.text("boxes", head.boxes)
                json.text("scores", head.scores)
                json.text("activation", head.activation.rawValue)
            case .classification(let head):
                json.text("output", head.output)
                json.text("activation", head.activation.rawValue)
            case .centerFace, .textRegions: break
            case .ctc(_, let output, let blank):
                json.text("output", output)
                json.integer("blank", blank)
            case .yolov5(_, let output), .yolov8(_, let output), .segmentation(_, let output), .pose(_, let output):
                json.text("output", output)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func text(_ key: String, _ value: String?) {
        guard let value else { return }
        self.key(key)
        self.value(value)
    }

    fileprivate mutating func integer(_ key: String, _ value: Int) {
        self.key(key)
        self.value(value)
    }

    fileprivate mutating func number(_ key: String, _ value: Double) {
        self.key(key)
        self.value(value)
    }

    fileprivate mutating func numbers(_ key: String, _ values: [Int]) {
        self.key(key)
        self.values(values.map(Double.init))
    }

    fileprivate mutating func texts(_ key: String, _ values: [String]) {
        self.key(key)
        array { json in
            for value in values {
                json.element()
                json.value(value)
            }
        }
    }
}
