internal import Imaging
package import Tensors

/// Reads a network's outputs as its manifest says: raw numbers to boxes on the picture, or to classes.
package struct HeadDecoder: Sendable {
    /// An output the network must have.
    package struct ExpectedOutput: Sendable, Equatable {
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
        case yolox(YOLOXDecoder)
        case classification(ClassificationDecoder)
    }

    private let family: Family
    /// What ``decode(_:item:geometry:options:)`` reads, to be compared with the network when it is loaded.
    package let expectedOutputs: [ExpectedOutput]

    /// - Throws: ``VisionError/unsupportedHead(family:)`` for a family that is only described.
    package init(_ manifest: ModelManifest) throws(VisionError) {
        let (width, height) = (manifest.input.width, manifest.input.height)
        switch manifest.head {
        case .yolov3(let head):
            let decoder = YOLOv3Decoder(head, inputWidth: width, inputHeight: height)
            family = .yolov3(decoder)
            expectedOutputs = decoder.expectedOutputs
        case .yolox(let head):
            let decoder = YOLOXDecoder(head, inputWidth: width, inputHeight: height)
            family = .yolox(decoder)
            expectedOutputs = decoder.expectedOutputs
        case .classification(let head):
            family = .classification(ClassificationDecoder(head))
            expectedOutputs = [ExpectedOutput(name: head.output, dimensions: [head.classes])]
        case .yolov5, .yolov8, .ssd, .nanodet, .detr, .segmentation, .pose:
            throw .unsupportedHead(family: manifest.head.family)
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
        var values: [UnsafeBufferPointer<Float>] = []
        for expected in expectedOutputs { values.append(try Self.values(of: expected, in: outputs, item: item)) }
        let predictions: Predictions
        switch family {
        case .yolov3(let decoder):
            let candidates = decoder.candidates(values, options: options)
            predictions = .detections(Self.finished(candidates, geometry: geometry, options: options))
        case .yolox(let decoder):
            let candidates = decoder.candidates(values[0], options: options)
            predictions = .detections(Self.finished(candidates, geometry: geometry, options: options))
        case .classification(let decoder):
            predictions = .classifications(decoder.best(values[0], options: options))
        }
        // The pointers above are into tensors that `outputs` owns.
        return withExtendedLifetime(outputs) { predictions }
    }

    private static func values(
        of expected: ExpectedOutput, in outputs: [String: Tensor], item: Int
    ) throws(VisionError) -> UnsafeBufferPointer<Float> {
        guard let tensor = outputs[expected.name] else {
            throw .missingOutput(name: expected.name, found: outputs.keys.sorted())
        }
        let extents = tensor.shape.dimensions
        guard tensor.dataType == .float32, extents.count == expected.dimensions.count + 1,
            Array(extents.dropFirst()) == expected.dimensions, (0..<extents[0]).contains(item)
        else {
            let text = (["N"] + expected.dimensions.map(String.init)).joined(separator: ",")
            let place = item > 0 ? " with N > \(item)" : ""
            throw .outputMismatch(
                name: expected.name, expected: "float32[\(text)]\(place)", found: tensor.description)
        }
        let count = expected.dimensions.reduce(1, *)
        return UnsafeBufferPointer(rebasing: tensor.elements(as: Float.self)[item * count..<(item + 1) * count])
    }

    /// Boxes in input pixels to the answer: on the picture, suppressed, cut.
    private static func finished(
        _ candidates: [Detection], geometry: InputGeometry, options: DecodingOptions
    ) -> [Detection] {
        var onPicture: [Detection] = []
        onPicture.reserveCapacity(candidates.count)
        for candidate in candidates {
            var detection = candidate
            detection.rect = geometry.toPicture(candidate.rect)
            let isFinite =
                detection.rect.x0.isFinite && detection.rect.y0.isFinite && detection.rect.x1.isFinite
                && detection.rect.y1.isFinite
            if isFinite && geometry.clipped(detection.rect).area > 0 { onPicture.append(detection) }
        }
        let kept = suppressed(onPicture, iou: options.iou, limit: options.maximumDetections)
        return kept.map { Detection(rect: geometry.clipped($0.rect), classID: $0.classID, score: $0.score) }
    }
}
