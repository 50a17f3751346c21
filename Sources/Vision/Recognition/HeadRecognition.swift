/// Tells a network's head family from the shapes of its outputs, as the families' authors export them.
package struct HeadRecognition: Sendable, Equatable {
    package var head: ModelManifest.Head
    package var task: ModelManifest.Task
    /// Labels that the file itself or its number of classes gives; else numbers.
    package var labels: [String]
    /// Why, for people.
    package var reason: String

    /// - Parameters:
    ///   - labels: of the classes, where the caller knows them; they decide between families that look alike.
    ///   - family: the only family to consider.
    /// - Throws: ``VisionError/unrecognisedHead(detail:)``.
    package init(_ network: NetworkSignature, labels: [String]? = nil, family: String? = nil) throws(VisionError) {
        let readers: [(String, (NetworkSignature, [String]?) -> HeadRecognition?)] = [
            ("centerface", Self.centerFace), ("textRegions", Self.textRegions), ("ctc", Self.ctc),
            ("yolov3", Self.yolov3), ("pose", Self.pose), ("yolov8", Self.yolov8),
            ("nanodet", Self.nanodet),
            ("yolox", Self.yolox), ("yolov5", Self.yolov5), ("detr", Self.detr), ("ssd", Self.ssd),
            ("classification", Self.classification), ("segmentation", Self.segmentation),
        ]
        if let family, !readers.contains(where: { $0.0 == family }) {
            throw .unrecognisedHead(
                detail:
                    "there is no family '\(family)'; there are: \(readers.map(\.0).sorted().joined(separator: ", "))")
        }
        let known =
            labels ?? LabelSource.metadata(network.metadata) ?? LabelSource.characters(network.metadata)
        for (name, read) in readers where family == nil || family == name {
            guard var found = read(network, known) else { continue }
            let classes = found.head.classes
            if let labels, labels.count != classes {
                throw .unrecognisedHead(
                    detail: "\(labels.count) labels, but as \(name) the network has \(classes) classes")
            }
            found.labels =
                known.flatMap { $0.count == classes ? $0 : nil } ?? LabelSource.standard(classes, head: found.head)
            self = found
            return
        }
        let shapes = network.outputs.map { "\($0.name) \($0.dimensions)" }.joined(separator: ", ")
        throw .unrecognisedHead(
            detail: "no \(family.map { "'\($0)'" } ?? "known") head has the outputs \(shapes) for an input of "
                + "\(network.width)×\(network.height); name another with --family, or write model.json by hand")
    }

    private init(_ head: ModelManifest.Head, _ task: ModelManifest.Task, _ reason: String) {
        self.head = head
        self.task = task
        self.reason = reason
        labels = []
    }

    /// The only output, when it has three extents.
    private static func table(_ network: NetworkSignature) -> (name: String, rows: Int, columns: Int)? {
        guard network.outputs.count == 1, let output = network.outputs.first, output.dimensions.count == 3 else {
            return nil
        }
        return (output.name, output.dimensions[1], output.dimensions[2])
    }

    /// Cells of grids of these strides; a stride that does not divide the input has a cell more.
    private static func cells(_ network: NetworkSignature, _ strides: [Int]) -> Int {
        strides.reduce(0) { $0 + (network.width + $1 - 1) / $1 * ((network.height + $1 - 1) / $1) }
    }

    private static func textRegions(_ network: NetworkSignature, _: [String]?) -> HeadRecognition? {
        guard network.outputs.count == 1, let output = network.outputs.first,
            output.dimensions == [1, 1, network.height, network.width]
        else { return nil }
        return HeadRecognition(
            .textRegions(output: output.name), .detection, "a map of probabilities of the input's size: lines of text")
    }

    /// Told by the characters that the file lists, or by labels: probabilities along a line look like many other things.
    private static func ctc(_ network: NetworkSignature, _ labels: [String]?) -> HeadRecognition? {
        guard let table = table(network), network.outputs[0].sumsToOne,
            (labels ?? LabelSource.characters(network.metadata))?.count == table.columns
        else { return nil }
        return HeadRecognition(
            .ctc(classes: table.columns, output: table.name, blank: 0), .text,
            "probabilities of \(table.columns - 1) characters along a line; class 0 is the blank")
    }

    private static func centerFace(_ network: NetworkSignature, _: [String]?) -> HeadRecognition? {
        let maps = network.outputs
        guard maps.count == 4, maps.map({ $0.dimensions.count == 4 ? $0.dimensions[1] : 0 }) == [1, 2, 2, 10],
            maps.allSatisfy({ $0.dimensions[2] * 4 == network.height && $0.dimensions[3] * 4 == network.width })
        else { return nil }
        return HeadRecognition(
            .centerFace(
                .init(heatmap: maps[0].name, sizes: maps[1].name, offsets: maps[2].name, landmarks: maps[3].name)),
            .faces, "a heat map of faces with sizes, offsets and five points")
    }

    private static func yolov3(_ network: NetworkSignature, _: [String]?) -> HeadRecognition? {
        let grids = network.outputs.filter {
            $0.dimensions.count == 4 && $0.dimensions[1] % 3 == 0 && $0.dimensions[1] >= 18
        }
        .sorted { $0.dimensions[2] < $1.dimensions[2] }
        let anchors: [[SIMD2<Float>]]
        switch grids.count {
        case 2: anchors = [[[81, 82], [135, 169], [344, 319]], [[23, 27], [37, 58], [81, 82]]]
        case 3:
            anchors = [
                [[116, 90], [156, 198], [373, 326]], [[30, 61], [62, 45], [59, 119]],
                [[10, 13], [16, 30], [33, 23]],
            ]
        default: return nil
        }
        guard grids.count == network.outputs.count, Set(grids.map { $0.dimensions[1] }).count == 1 else { return nil }
        var scales: [ModelManifest.Head.YOLOv3.Scale] = []
        for (grid, anchors) in zip(grids, anchors) {
            let (rows, columns) = (grid.dimensions[2], grid.dimensions[3])
            guard rows > 0, columns > 0, network.height % rows == 0, network.width % columns == 0,
                network.height / rows == network.width / columns
            else { return nil }
            scales.append(.init(output: grid.name, stride: network.height / rows, anchors: anchors))
        }
        return HeadRecognition(
            .yolov3(.init(classes: grids[0].dimensions[1] / 3 - 5, scales: scales)), .detection,
            "\(grids.count) grids of three anchors; the anchors are those of the published networks")
    }

    private static func pose(_ network: NetworkSignature, _: [String]?) -> HeadRecognition? {
        guard let table = table(network), table.columns == cells(network, [8, 16, 32]), table.rows > 5,
            (table.rows - 5) % 3 == 0, network.metadata["task"] == "pose" || table.rows == 56
        else { return nil }
        let count = (table.rows - 5) / 3
        return HeadRecognition(
            .pose(keypoints: LabelSource.keypoints(count), output: table.name), .pose,
            "a column a cell: box, score and \(count) key points")
    }

    private static func yolov8(_ network: NetworkSignature, _: [String]?) -> HeadRecognition? {
        guard let table = table(network), table.columns == cells(network, [8, 16, 32]), table.rows > 4 else {
            return nil
        }
        return HeadRecognition(
            .yolov8(classes: table.rows - 4, output: table.name), .detection,
            "a column a cell of strides 8, 16 and 32: box and \(table.rows - 4) classes")
    }

    private static func nanodet(_ network: NetworkSignature, _ labels: [String]?) -> HeadRecognition? {
        guard let table = table(network) else { return nil }
        // Eight bins a side, as all published networks have.
        let classes = table.columns - 32
        guard classes > 0 else { return nil }
        let isPlus = table.rows == cells(network, [8, 16, 32, 64])
        // Three strides are YOLOX's too: NanoDet only where that gives a known number of classes.
        let isFirst =
            table.rows == cells(network, [8, 16, 32]) && (labels.map { $0.count == classes } ?? (classes == 80))
        guard isPlus || isFirst else { return nil }
        return HeadRecognition(
            .nanodet(
                .init(
                    classes: classes, output: table.name, strides: isPlus ? [8, 16, 32, 64] : [8, 16, 32], bins: 7,
                    offset: isPlus ? 0 : 0.5)), .detection,
            "a row a cell of strides 8 to \(isPlus ? 64 : 32): \(classes) classes and four distributions of eight")
    }

    private static func yolox(_ network: NetworkSignature, _: [String]?) -> HeadRecognition? {
        guard let table = table(network), table.rows == cells(network, [8, 16, 32]), table.columns > 5 else {
            return nil
        }
        return HeadRecognition(
            .yolox(.init(classes: table.columns - 5, strides: [8, 16, 32], output: table.name)), .detection,
            "a row a cell of strides 8, 16 and 32: box, objectness and \(table.columns - 5) classes")
    }

    private static func yolov5(_ network: NetworkSignature, _: [String]?) -> HeadRecognition? {
        // Exports that keep the raw grids have them behind the decoded output.
        guard let output = network.outputs.first, output.dimensions.count == 3 else { return nil }
        let (rows, columns) = (output.dimensions[1], output.dimensions[2])
        let grids = [[8, 16, 32], [8, 16, 32, 64]].map { 3 * cells(network, $0) }
        guard grids.contains(rows), columns > 5 else { return nil }
        return HeadRecognition(
            .yolov5(classes: columns - 5, output: output.name), .detection,
            "a row an anchor, three a cell: box, objectness and \(columns - 5) classes")
    }

    /// Two outputs, boxes of four numbers and scores, for as many things.
    private static func pair(
        _ network: NetworkSignature
    ) -> (boxes: NetworkSignature.Output, scores: NetworkSignature.Output)? {
        let tables = network.outputs.filter { $0.dimensions.count == 3 }
        guard tables.count == 2, network.outputs.count == 2, tables[0].dimensions[1] == tables[1].dimensions[1] else {
            return nil
        }
        if tables[0].dimensions[2] == 4 && tables[1].dimensions[2] > 1 { return (tables[0], tables[1]) }
        if tables[1].dimensions[2] == 4 && tables[0].dimensions[2] > 1 { return (tables[1], tables[0]) }
        return nil
    }

    private static func detr(_ network: NetworkSignature, _ labels: [String]?) -> HeadRecognition? {
        guard let (boxes, scores) = pair(network), boxes.dimensions[1] <= 1000, !scores.sumsToOne else { return nil }
        let logits = scores.dimensions[2]
        let isSigmoid = labels.map { $0.count == logits } ?? (logits == 80 || logits == 365)
        return HeadRecognition(
            .detr(
                .init(
                    classes: isSigmoid ? logits : logits - 1, boxes: boxes.name, scores: scores.name,
                    activation: isSigmoid ? .sigmoid : .softmax)), .detection,
            "\(boxes.dimensions[1]) queries with boxes and logits")
    }

    private static func ssd(_ network: NetworkSignature, _: [String]?) -> HeadRecognition? {
        guard let (boxes, scores) = pair(network) else { return nil }
        return HeadRecognition(
            .ssd(
                .init(
                    classes: scores.dimensions[2], boxes: boxes.name, scores: scores.name, background: 0,
                    coordinates: .normalized)), .detection,
            "\(boxes.dimensions[1]) boxes with probabilities; class 0 is taken for the background")
    }

    private static func classification(_ network: NetworkSignature, _: [String]?) -> HeadRecognition? {
        guard let output = network.outputs.first, output.dimensions.count == 2, output.dimensions[1] > 1 else {
            return nil
        }
        return HeadRecognition(
            .classification(
                .init(
                    classes: output.dimensions[1], output: output.name, activation: output.sumsToOne ? .none : .softmax)
            ),
            .classification, output.sumsToOne ? "probabilities of classes" : "logits of classes")
    }

    private static func segmentation(_ network: NetworkSignature, _: [String]?) -> HeadRecognition? {
        guard let output = network.outputs.first, output.dimensions.count == 4,
            output.dimensions[2] * 32 >= network.height,
            output.dimensions[3] * 32 >= network.width, output.dimensions[2] > 1
        else { return nil }
        return HeadRecognition(
            .segmentation(classes: output.dimensions[1], output: output.name), .segmentation, "a map of logits a class")
    }
}
