internal import Imaging
package import Tensors

/// Reads a network's outputs as its manifest says: raw numbers to boxes on the picture, or to classes.
package struct HeadDecoder: Sendable {
    /// An output the network must have.
    package struct ExpectedOutput: Sendable, Equatable {
        /// Stands for an extent that the network decides.
        package static let any = -1

        package var name: String
        /// Extents after the batch extent.
        package var dimensions: [Int]

        package init(name: String, dimensions: [Int]) {
            self.name = name
            self.dimensions = dimensions
        }
    }

    private enum Family {
        case yolov3(YOLOv3Decoder)
        case yolov5(YOLOv5Decoder)
        case yolov8(YOLOv8Decoder)
        case yolox(YOLOXDecoder)
        case ssd(SSDDecoder)
        case nanodet(NanoDetDecoder)
        case detr(DETRDecoder)
        case classification(ClassificationDecoder)
        case segmentation(SegmentationDecoder)
        case centerFace(CenterFaceDecoder)
        case textRegions(TextRegionsDecoder)
        case ctc(CTCDecoder)
    }

    /// An output's numbers for one picture.
    private struct Values {
        var numbers: UnsafeBufferPointer<Float>
        /// Extents after the batch extent.
        var dimensions: [Int]
    }

    private let family: Family
    /// What ``decode(_:item:geometry:options:)`` reads, to be compared with the network when it is loaded.
    package let expectedOutputs: [ExpectedOutput]

    package init(_ manifest: ModelManifest) {
        let (width, height) = (manifest.input.width, manifest.input.height)
        switch manifest.head {
        case .yolov3(let head):
            let decoder = YOLOv3Decoder(head, inputWidth: width, inputHeight: height)
            (family, expectedOutputs) = (.yolov3(decoder), decoder.expectedOutputs)
        case .yolov5(let classes, let output):
            let decoder = YOLOv5Decoder(classes: classes, output: output)
            (family, expectedOutputs) = (.yolov5(decoder), decoder.expectedOutputs)
        case .yolov8(let classes, let output):
            let decoder = YOLOv8Decoder(classes: classes, keypoints: 0, output: output)
            (family, expectedOutputs) = (.yolov8(decoder), decoder.expectedOutputs)
        case .pose(let keypoints, let output):
            let decoder = YOLOv8Decoder(classes: 1, keypoints: keypoints.count, output: output)
            (family, expectedOutputs) = (.yolov8(decoder), decoder.expectedOutputs)
        case .yolox(let head):
            let decoder = YOLOXDecoder(head, inputWidth: width, inputHeight: height)
            (family, expectedOutputs) = (.yolox(decoder), decoder.expectedOutputs)
        case .ssd(let head):
            let decoder = SSDDecoder(head, inputWidth: width, inputHeight: height)
            (family, expectedOutputs) = (.ssd(decoder), decoder.expectedOutputs)
        case .nanodet(let head):
            let decoder = NanoDetDecoder(head, inputWidth: width, inputHeight: height)
            (family, expectedOutputs) = (.nanodet(decoder), decoder.expectedOutputs)
        case .detr(let head):
            let decoder = DETRDecoder(head, inputWidth: width, inputHeight: height)
            (family, expectedOutputs) = (.detr(decoder), decoder.expectedOutputs)
        case .textRegions(let output):
            family = .textRegions(TextRegionsDecoder(width: width, height: height))
            expectedOutputs = [ExpectedOutput(name: output, dimensions: [1, height, width])]
        case .ctc(let classes, let output, let blank):
            family = .ctc(CTCDecoder(classes: classes, blank: blank))
            expectedOutputs = [ExpectedOutput(name: output, dimensions: [ExpectedOutput.any, classes])]
        case .centerFace(let head):
            let decoder = CenterFaceDecoder(head, inputWidth: width, inputHeight: height)
            (family, expectedOutputs) = (.centerFace(decoder), decoder.expectedOutputs)
        case .classification(let head):
            family = .classification(ClassificationDecoder(head))
            expectedOutputs = [ExpectedOutput(name: head.output, dimensions: [head.classes])]
        case .segmentation(let classes, let output):
            let decoder = SegmentationDecoder(
                classes: classes, output: output, inputWidth: width, inputHeight: height)
            (family, expectedOutputs) = (.segmentation(decoder), decoder.expectedOutputs)
        }
    }

    /// Reads picture `item` of a batch.
    ///
    /// Numbers that are not finite never make an answer: such a box or class is dropped. A box has one class, the best. Boxes
    /// are cut to the picture, those outside dropped.
    /// - Throws: ``VisionError`` when an output is missing or its type or shape is not what the manifest promises.
    package func decode(
        _ outputs: [String: Tensor], item: Int = 0, geometry: InputGeometry, options: DecodingOptions
    ) throws(VisionError) -> Predictions {
        var values: [Values] = []
        for expected in expectedOutputs { values.append(try Self.values(of: expected, in: outputs, item: item)) }
        let numbers = values.map(\.numbers)
        let candidates: [Detection]
        var isSuppressing = true
        switch family {
        case .yolov3(let decoder): candidates = decoder.candidates(numbers, options: options)
        case .yolov5(let decoder): candidates = decoder.candidates(numbers[0], options: options)
        case .yolov8(let decoder): candidates = decoder.candidates(numbers[0], options: options)
        case .yolox(let decoder): candidates = decoder.candidates(numbers[0], options: options)
        case .nanodet(let decoder): candidates = decoder.candidates(numbers[0], options: options)
        case .ssd(let decoder):
            candidates = decoder.candidates(boxes: numbers[0], scores: numbers[1], options: options)
        case .detr(let decoder):
            candidates = decoder.candidates(boxes: numbers[0], scores: numbers[1], options: options)
            isSuppressing = false
        case .textRegions(let decoder): candidates = decoder.candidates(numbers[0], options: options)
        case .ctc(let decoder):
            return withExtendedLifetime(outputs) { .text(decoder.line(numbers[0], options: options)) }
        case .centerFace(let decoder): candidates = decoder.candidates(numbers, options: options)
        case .classification(let decoder):
            return withExtendedLifetime(outputs) {
                .classifications(decoder.best(numbers[0], options: options))
            }
        case .segmentation(let decoder):
            let extents = values[0].dimensions
            return withExtendedLifetime(outputs) {
                .segmentation(
                    decoder.map(
                        numbers[0], height: extents[1], width: extents[2], geometry: geometry, options: options))
            }
        }
        // The pointers above are into tensors that `outputs` owns.
        return withExtendedLifetime(outputs) {
            .detections(
                Self.finished(candidates, geometry: geometry, options: options, isSuppressing: isSuppressing))
        }
    }

    private static func values(
        of expected: ExpectedOutput, in outputs: [String: Tensor], item: Int
    ) throws(VisionError) -> Values {
        guard let tensor = outputs[expected.name] else {
            throw .missingOutput(name: expected.name, found: outputs.keys.sorted())
        }
        let extents = tensor.shape.dimensions
        guard tensor.dataType == .float32, extents.count == expected.dimensions.count + 1,
            zip(extents.dropFirst(), expected.dimensions).allSatisfy({ $1 == ExpectedOutput.any ? $0 > 0 : $0 == $1 }),
            (0..<extents[0]).contains(item)
        else {
            let wanted = expected.dimensions.map { $0 == ExpectedOutput.any ? "any" : "\($0)" }
            let text = (["N"] + wanted).joined(separator: ",")
            let place = item > 0 ? " with N > \(item)" : ""
            throw .outputMismatch(
                name: expected.name, expected: "float32[\(text)]\(place)", found: tensor.description)
        }
        let dimensions = Array(extents.dropFirst())
        let count = dimensions.reduce(1, *)
        return Values(
            numbers: UnsafeBufferPointer(
                rebasing: tensor.elements(as: Float.self)[item * count..<(item + 1) * count]),
            dimensions: dimensions)
    }

    /// Boxes in input pixels to the answer: on the picture, suppressed, cut.
    private static func finished(
        _ candidates: [Detection], geometry: InputGeometry, options: DecodingOptions, isSuppressing: Bool
    ) -> [Detection] {
        var visible: [Detection] = []
        visible.reserveCapacity(candidates.count)
        for candidate in candidates {
            var detection = candidate
            detection.rect = geometry.toPicture(candidate.rect)
            let isFinite =
                detection.rect.x0.isFinite && detection.rect.y0.isFinite && detection.rect.x1.isFinite
                && detection.rect.y1.isFinite
            if isFinite && geometry.clipped(detection.rect).area > 0 { visible.append(detection) }
        }
        let kept = suppressed(
            visible, iou: isSuppressing ? options.iou : .infinity, limit: options.maximumDetections)
        return kept.map { detection in
            var detection = detection
            detection.rect = geometry.clipped(detection.rect)
            detection.keypoints = detection.keypoints.map { onPicture($0, geometry: geometry) }
            return detection
        }
    }

    /// A key point in input pixels on the picture; one that is not finite gets the score 0.
    private static func onPicture(_ keypoint: Keypoint, geometry: InputGeometry) -> Keypoint {
        guard keypoint.x.isFinite, keypoint.y.isFinite, keypoint.score.isFinite else {
            return Keypoint(x: 0, y: 0, score: 0)
        }
        let place = geometry.toPicture(Rect(x0: keypoint.x, y0: keypoint.y, x1: keypoint.x, y1: keypoint.y))
        return Keypoint(x: place.x0, y: place.y0, score: keypoint.score)
    }
}
