extension ModelManifest.Input {
    /// How the authors of a family prepare pictures for it: the first guess for a network of theirs.
    package static func usual(for head: ModelManifest.Head, network: NetworkSignature) -> ModelManifest.Input {
        /// Means and deviations of ImageNet's pictures, in parts of full scale, red first.
        let imageNet = (mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
        func input(
            _ order: ColorOrder, scale: Double = 1 / 255.0, mean: [Double] = [0, 0, 0], std: [Double] = [1, 1, 1],
            fit: Fit, pad: Double = 0, filter: Filter = .bilinear, crop: Double = 1
        ) -> ModelManifest.Input {
            let order = network.channels == 1 ? .gray : order
            return ModelManifest.Input(
                name: network.inputName, width: network.width, height: network.height, layout: network.layout,
                colorOrder: order, scale: scale, mean: Array(mean.prefix(order.channels)),
                std: Array(std.prefix(order.channels)), fit: fit, padValue: pad, filter: filter, cropFraction: crop)
        }
        switch head {
        case .yolov3: return input(.rgb, fit: .letterbox, pad: 127.5, filter: .area)
        case .yolov5, .yolov8, .pose: return input(.rgb, fit: .letterbox, pad: 114)
        case .yolox: return input(.bgr, scale: 1, fit: .topLeftLetterbox, pad: 114)
        case .nanodet:
            return input(
                .bgr, scale: 1, mean: [103.53, 116.28, 123.675], std: [57.375, 57.12, 58.395], fit: .stretch)
        // PaddleOCR's networks see BGR.
        case .textRegions, .ctc:
            return input(.bgr, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], fit: .topLeftLetterbox, pad: 127.5)
        case .centerFace: return input(.rgb, scale: 1, fit: .letterbox)
        case .ssd:
            return input(.rgb, scale: 1, mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5], fit: .stretch)
        case .detr(let head):
            return head.activation == .sigmoid
                ? input(.rgb, fit: .stretch) : input(.rgb, mean: imageNet.mean, std: imageNet.std, fit: .stretch)
        case .classification:
            return input(
                .rgb, mean: imageNet.mean, std: imageNet.std, fit: .centerCrop, filter: .area, crop: 0.875)
        case .segmentation:
            return input(.rgb, mean: imageNet.mean, std: imageNet.std, fit: .stretch, filter: .area)
        }
    }
}

extension ModelManifest.Thresholds {
    /// The usual ones of a task.
    package static func usual(for task: ModelManifest.Task) -> ModelManifest.Thresholds {
        switch task {
        case .classification: ModelManifest.Thresholds(confidence: 0, iou: 1, maximumDetections: 5)
        case .segmentation: ModelManifest.Thresholds(confidence: 0, iou: 1, maximumDetections: 1)
        case .text: ModelManifest.Thresholds(confidence: 0.5, iou: 1, maximumDetections: 1)
        case .faces: ModelManifest.Thresholds(confidence: 0.35, iou: 0.3, maximumDetections: 1000)
        default: ModelManifest.Thresholds(confidence: 0.25, iou: 0.45, maximumDetections: 100)
        }
    }
}
