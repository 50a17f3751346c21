internal import StrictJSON

extension FrameResult {
    /// The result as one JSON object: keys in the order of the properties, absent values left out, timings to the microsecond.
    ///
    /// Without `pretty` it is one line without a line break at its end, as JSON Lines want it. A number that is not finite is
    /// written as `null`.
    package func json(pretty: Bool = false) -> [UInt8] {
        var writer = JSONWriter(pretty: pretty)
        write(to: &writer)
        return writer.bytes
    }

    private func write(to writer: inout JSONWriter) {
        writer.object { json in
            json.member("schema", schema)
            json.member("origin", origin?.rawValue)
            json.key("frame")
            frame.write(to: &json)
            json.members("detections", detections) { $0.write(to: &$1) }
            json.members("classifications", classifications) { $0.write(to: &$1) }
            if let segmentation {
                json.key("segmentation")
                segmentation.write(to: &json)
            }
            if let text {
                json.key("text")
                text.write(to: &json)
            }
            if let sensorAnswer {
                json.key("sensorAnswer")
                json.object { json in
                    json.key("model")
                    sensorAnswer.model.write(to: &json)
                    json.members("detections", sensorAnswer.detections) { $0.write(to: &$1) }
                    json.members("classifications", sensorAnswer.classifications) { $0.write(to: &$1) }
                    if let segmentation = sensorAnswer.segmentation {
                        json.key("segmentation")
                        segmentation.write(to: &json)
                    }
                }
            }
            json.key("model")
            model.write(to: &json)
            if let secondModel {
                json.key("secondModel")
                secondModel.write(to: &json)
            }
            json.members("further", further) { $0.write(to: &$1) }
            if let isp {
                json.key("isp")
                isp.write(to: &json)
            }
            json.key("options")
            options.write(to: &json)
            json.key("privacy")
            privacy.write(to: &json)
            json.key("build")
            json.object {
                $0.member("version", build.version)
                $0.member("isa", build.isa)
            }
            if let digests {
                json.key("digests")
                json.object {
                    $0.member("tensor", digests.tensor)
                    $0.member("outputs", digests.outputs)
                }
            }
            json.key("timings")
            json.object {
                for (stage, milliseconds) in timings.sorted(by: { $0.key < $1.key }) {
                    $0.key(stage)
                    $0.value((milliseconds * 1000).rounded() / 1000)
                }
            }
        }
    }
}

extension FrameResult.Frame {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("sha256", sha256)
            $0.member("width", width)
            $0.member("height", height)
            $0.member("orientation", orientation)
            $0.member("kind", kind)
            $0.member("pixelFormat", pixelFormat)
            $0.member("source", source)
            $0.member("sensor", sensor)
            $0.member("sequence", sequence)
            $0.member("timestamp", timestamp)
        }
    }
}

extension FrameResult.Detection {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.key("box")
            $0.values(box)
            $0.key("normalizedBox")
            $0.values(normalizedBox)
            $0.member("label", label)
            $0.member("classID", classID)
            $0.key("score")
            $0.value(score)
            $0.members("keypoints", keypoints) { $0.write(to: &$1) }
            $0.members("classifications", classifications) { $0.write(to: &$1) }
            if let text {
                $0.key("text")
                text.write(to: &$0)
            }
            $0.members("parts", parts) { $0.write(to: &$1) }
        }
    }
}

extension FrameResult.Text {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("text", text)
            $0.key("score")
            $0.value(score)
        }
    }
}

extension FrameResult.Keypoint {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("name", name)
            $0.key("x")
            $0.value(x)
            $0.key("y")
            $0.value(y)
            $0.key("score")
            $0.value(score)
        }
    }
}

extension FrameResult.Segmentation {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("width", width)
            $0.member("height", height)
            $0.key("box")
            $0.values(box)
            $0.members("masks", masks) { mask, json in
                json.object {
                    $0.member("label", mask.label)
                    $0.member("classID", mask.classID)
                    $0.key("share")
                    $0.value(mask.share)
                    $0.member("counts", mask.counts)
                }
            }
        }
    }
}

extension FrameResult.Classification {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("label", label)
            $0.member("classID", classID)
            $0.key("score")
            $0.value(score)
        }
    }
}

extension FrameResult.Model {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("name", name)
            $0.member("version", version)
            $0.member("sha256", sha256)
            $0.member("license", license)
            $0.member("task", task)
            $0.member("precision", precision)
            $0.member("numerics", numerics)
        }
    }
}

extension FrameResult.ISP {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("profile", profile)
            $0.member("sha256", sha256)
            $0.member("demosaic", demosaic)
            $0.key("whiteBalanceGains")
            $0.values(whiteBalanceGains)
        }
    }
}

extension FrameResult.Privacy {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("level", level.rawValue)
            $0.members("hidden", hidden) { $1.value($0) }
            $0.member("places", places)
            $0.members("models", models) { $0.write(to: &$1) }
        }
    }
}

extension FrameResult.Answer {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { json in
            json.key("model")
            model.write(to: &json)
            json.key("options")
            options.write(to: &json)
            json.members("detections", detections) { $0.write(to: &$1) }
            json.members("classifications", classifications) { $0.write(to: &$1) }
            if let segmentation {
                json.key("segmentation")
                segmentation.write(to: &json)
            }
            if let text {
                json.key("text")
                text.write(to: &json)
            }
        }
    }
}

extension FrameResult.Options {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.key("confidenceThreshold")
            $0.value(confidenceThreshold)
            $0.key("iouThreshold")
            $0.value(iouThreshold)
            $0.member("maximumDetections", maximumDetections)
            $0.members("classes", classes) { $1.value($0) }
            if let region {
                $0.key("region")
                $0.values(region)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ key: String, _ string: String?) {
        guard let string else { return }
        self.key(key)
        value(string)
    }

    fileprivate mutating func member(_ key: String, _ integer: Int?) {
        guard let integer else { return }
        self.key(key)
        value(integer)
    }

    fileprivate mutating func member(_ key: String, _ integer: UInt64?) {
        guard let integer else { return }
        self.key(key)
        value(integer)
    }

    fileprivate mutating func members<Element>(
        _ key: String, _ elements: [Element]?, _ write: (Element, inout JSONWriter) -> Void
    ) {
        guard let elements else { return }
        self.key(key)
        array { json in
            for element in elements {
                json.element()
                write(element, &json)
            }
        }
    }
}
