internal import FlatBuffers
package import StrictJSON

/// What a device's model says of one picture, in the terms of the AITRIOS schemas `ObjectDetectionTop` and
/// `ClassificationTop`.
package enum InferenceContent: Sendable, Equatable {
    package struct Object: Sendable, Equatable {
        package var classID: UInt32
        /// In pixels of the model's input.
        package var left: Int32
        package var top: Int32
        package var right: Int32
        package var bottom: Int32
        package var score: Float

        package init(classID: UInt32, left: Int32, top: Int32, right: Int32, bottom: Int32, score: Float) {
            self.classID = classID
            self.left = left
            self.top = top
            self.right = right
            self.bottom = bottom
            self.score = score
        }
    }

    package struct Class: Sendable, Equatable {
        package var classID: UInt32
        package var score: Float

        package init(classID: UInt32, score: Float) {
            self.classID = classID
            self.score = score
        }
    }

    case objects([Object])
    case classes([Class])

    /// Entries of one list at most.
    package static let countLimit = 10_000

    // MARK: FlatBuffers

    /// `Top { perception: { list: [entry] } }`, with `GeneralObject { class_id, bounding_box (a union), score }` or
    /// `GeneralClassification { class_id, score }` as entries.
    package var flatBuffer: [UInt8] {
        var builder = FlatBufferBuilder()
        let entries =
            switch self {
            case .objects(let objects):
                objects.map { object in
                    let box = builder.table([
                        .int(object.left), .int(object.top), .int(object.right), .int(object.bottom),
                    ])
                    return builder.table([
                        .unsigned(object.classID), .byte(Self.box2d), .reference(box), .float(object.score),
                    ])
                }
            case .classes(let classes): classes.map { builder.table([.unsigned($0.classID), .float($0.score)]) }
            }
        let list = builder.vector(of: entries)
        let perception = builder.table([.reference(list)])
        let root = builder.table([.reference(perception)])
        return builder.finish(root: root)
    }

    /// `BoundingBox2d`, the one member of the union.
    private static let box2d: UInt8 = 1

    /// Reads either schema from anyone. The buffers do not say which it is: entries with a box are objects; a list without
    /// entries is one of objects.
    package init(flatBuffer bytes: [UInt8]) throws(AitriosError) {
        do throws(FlatBufferFault) {
            let root = try FlatBufferReader(bytes: bytes).root()
            let entries = try root.table(0)?.tables(0, limit: Self.countLimit) ?? []
            var objects: [Object] = []
            var classes: [Class] = []
            for entry in entries {
                if let box = try entry.table(2) {
                    guard try entry.byte(1) == Self.box2d else {
                        throw FlatBufferFault(byte: 0, detail: "a box of kind \(try entry.byte(1)), known is 1")
                    }
                    objects.append(
                        Object(
                            classID: try entry.unsigned(0), left: try box.int(0), top: try box.int(1),
                            right: try box.int(2), bottom: try box.int(3), score: try entry.float(3)))
                } else {
                    classes.append(Class(classID: try entry.unsigned(0), score: try entry.float(1)))
                }
            }
            guard objects.isEmpty || classes.isEmpty else {
                throw FlatBufferFault(byte: 0, detail: "some entries have a box and some have none")
            }
            self = classes.isEmpty ? .objects(objects) : .classes(classes)
        } catch {
            throw .malformed(field: "O", detail: "\(error)")
        }
        try check()
    }

    // MARK: JSON

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("perception")
            json.object { json in
                switch self {
                case .objects(let objects):
                    json.key("object_detection_list")
                    json.array { json in
                        for object in objects {
                            json.element()
                            json.object { json in
                                json.key("class_id")
                                json.value(Int(object.classID))
                                json.key("bounding_box_type")
                                json.value("BoundingBox2d")
                                json.key("bounding_box")
                                json.object { json in
                                    for (key, value) in [
                                        ("left", object.left), ("top", object.top), ("right", object.right),
                                        ("bottom", object.bottom),
                                    ] {
                                        json.key(key)
                                        json.value(Int(value))
                                    }
                                }
                                json.key("score")
                                json.value(object.score)
                            }
                        }
                    }
                case .classes(let classes):
                    json.key("classification_list")
                    json.array { json in
                        for entry in classes {
                            json.element()
                            json.object { json in
                                json.key("class_id")
                                json.value(Int(entry.classID))
                                json.key("score")
                                json.value(entry.score)
                            }
                        }
                    }
                }
            }
        }
    }

    /// Both schemas' JSON: one of the lists must be there, other keys are passed over.
    struct JSONForm: Decodable {
        struct Perception: Decodable {
            var object_detection_list: [Entry]?
            var classification_list: [Entry]?
        }

        struct Entry: Decodable {
            struct Box: Decodable { var left, top, right, bottom: Int32 }

            var class_id: UInt32
            var bounding_box: Box?
            var score: Float
        }

        var perception: Perception
    }

    init(_ form: JSONForm) throws(AitriosError) {
        if let list = form.perception.object_detection_list {
            var objects: [Object] = []
            for entry in list {
                guard let box = entry.bounding_box else {
                    throw .malformed(field: "object_detection_list", detail: "an object has no bounding_box")
                }
                objects.append(
                    Object(
                        classID: entry.class_id, left: box.left, top: box.top, right: box.right, bottom: box.bottom,
                        score: entry.score))
            }
            self = .objects(objects)
        } else if let list = form.perception.classification_list {
            self = .classes(list.map { Class(classID: $0.class_id, score: $0.score) })
        } else {
            throw .unsupported(
                field: "perception", detail: "there is neither object_detection_list nor classification_list")
        }
        try check()
    }

    private func check() throws(AitriosError) {
        let scores: [Float] =
            switch self {
            case .objects(let objects): objects.map(\.score)
            case .classes(let classes): classes.map(\.score)
            }
        guard scores.count <= Self.countLimit else {
            throw .limitExceeded(field: "perception", limit: Self.countLimit, value: scores.count)
        }
        guard scores.allSatisfy(\.isFinite) else { throw .malformed(field: "score", detail: "is not finite") }
    }
}
