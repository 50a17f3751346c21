import Aitrios
import FoundationEssentials
import Hummingbird
import Pipeline
import Tensors
import Vision

extension SensorIngest {
    /// Takes a file of results. Each result in it is counted like a frame; a file that cannot be used is counted once.
    func takeAitriosResults(_ request: Request, context: ServiceContext) async throws -> Response {
        let arrival = sensor.received()
        do {
            let body = try await state.reader.read(request, context: context)
            let upload = try InferenceUpload(parsing: body.bytes)
            let size = try pictureSize(upload)
            let sha256 = SHA256.hex(of: body.bytes)
            for (index, inference) in upload.inferences.enumerated() {
                let result = FrameResult(
                    inference, of: upload, model: model(upload), size: size, sha256: sha256)
                _ = publish(result, arrival: index == 0 ? arrival : sensor.received())
            }
            return try JSONBody.response(["accepted": upload.inferences.count])
        } catch {
            throw drop(error)
        }
    }

    /// The service's own model of the name that the device gives.
    private func model(_ upload: InferenceUpload) -> ModelSummary? {
        state.analyzer.models.first { $0.name == upload.modelID }
    }

    /// What boxes are in pixels of: the input of the model, or the last picture that the sensor sent.
    private func pictureSize(_ upload: InferenceUpload) throws(Problem) -> (width: Int, height: Int) {
        if let shape = model(upload)?.inputs.first?.shape, shape.count == 4 {
            let isPlanar = shape[1] == 1 || shape[1] == 3
            let (height, width) = isPlanar ? (shape[2], shape[3]) : (shape[1], shape[2])
            if width > 0, height > 0 { return (width, height) }
        }
        if let json = sensor.latest?.json,
            let last = try? JSONDecoder().decode(FrameResult.self, from: Data(json.readableBytesView))
        {
            return (last.frame.width, last.frame.height)
        }
        throw .malformed(
            "boxes are in pixels of the model's input, and this service has no model '\(upload.modelID.prefix(64))'; "
                + "send a picture first, or give the model the device's name for it", field: "ModelID")
    }
}

extension FrameResult {
    /// What an AITRIOS device says of a picture.
    fileprivate init(
        _ inference: InferenceUpload.Inference, of upload: InferenceUpload, model: ModelSummary?,
        size: (width: Int, height: Int), sha256: String
    ) {
        func label(_ classID: UInt32) -> String {
            let index = Int(classID)
            return model.flatMap { $0.labels.indices.contains(index) ? $0.labels[index] : nil } ?? "class \(index)"
        }
        let isClassification = if case .classes = inference.content { true } else { false }
        self.init(
            frame: Frame(
                sha256: sha256, width: size.width, height: size.height, orientation: 1, kind: "picture",
                timestamp: UInt64(max(0, inference.time.milliseconds)) * 1_000_000),
            model: Model(
                name: upload.modelID, version: model?.version ?? "", sha256: model?.sha256 ?? "",
                license: model?.license ?? "", task: isClassification ? "classification" : "detection",
                precision: "int8",
                numerics: ""),
            options: Options(confidenceThreshold: 0, iouThreshold: 1, maximumDetections: InferenceContent.countLimit),
            build: Build(version: "", isa: ""), timings: [:])
        switch inference.content {
        case .objects(let objects):
            let (width, height) = (Float(size.width), Float(size.height))
            detections = objects.map { object in
                let box = [object.left, object.top, object.right, object.bottom].map { Float($0) }
                return Detection(
                    box: box, normalizedBox: [box[0] / width, box[1] / height, box[2] / width, box[3] / height],
                    label: label(object.classID), classID: Int(object.classID), score: object.score)
            }
        case .classes(let classes):
            classifications = classes.map {
                Classification(label: label($0.classID), classID: Int($0.classID), score: $0.score)
            }
        }
    }
}
